/*
 * Requests for files that must be waited for: the exchange is held, a job is
 * done off the loop, one for all who want the same, and then the answer is
 * begun retry, which now gets further.
 *
 *   status = disk_wait_get(x, ...);
 *   if (status == FILE_CACHE_WAITS) {
 *           disk_wait_hold(x, retry, ...);
 *           return;
 *   }
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef DISK_WAIT_H
#define DISK_WAIT_H

#include "conn/exchange.h"
#include "file/file_cache.h"
#include "worker.h"

typedef void disk_wait_retry(struct exchange *, int status, struct span fields);

/* The slow ways of the next three. */
int disk_wait_find(struct exchange *, const struct docroot *, struct span path,
	struct file **out);
int disk_wait_find_coding(struct exchange *, const struct docroot *,
	struct file *, enum coding, struct file **out);

/* As file_cache_get(); or FILE_CACHE_WAITS: for disk_wait_hold(). */
static inline int
disk_wait_get(struct exchange *x, const struct docroot *d, struct span path,
	struct file **out)
{
	int status = file_cache_get(
		&x->worker->files, d, path, x->worker->now_ms, out);

	return status != FILE_CACHE_WAITS ? status
					  : disk_wait_find(x, d, path, out);
}

/* As file_cache_code(): 0 and *out, a reference or NULL; or FILE_CACHE_WAITS:
 * for disk_wait_hold(). */
static inline int
disk_wait_code(struct exchange *x, const struct docroot *d, struct file *f,
	enum coding coding, struct file **out)
{
	if (file_cache_lacks(f, coding) && x->worker->work != NULL)
		return disk_wait_find_coding(x, d, f, coding, out);
	*out = file_cache_code(&x->worker->files, d, f, coding);
	return 0;
}

/* As disk_wait_get(), but for an answer that can't wait: FILE_CACHE_WAITS only
 * says that the next one may have it. */
int disk_wait_get_now(struct exchange *, const struct docroot *,
	struct span path, struct file **out);

/* The exchange waits; retry(), with these two, is to answer it then, or to
 * hold it once more.  fields live in its arena. */
void disk_wait_hold(struct exchange *, disk_wait_retry *retry, int status,
	struct span fields);

#endif
