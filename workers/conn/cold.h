/*
 * Requests for files that must be waited for: the exchange is held, a job is
 * done off the loop, one for all who want the same, and then the answer is
 * begun again, which now gets further.
 *
 *   status = cold_get(x, ...);
 *   if (status == FILE_CACHE_WAITS) {
 *           cold_hold(x, again, ...);
 *           return;
 *   }
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef COLD_H
#define COLD_H

#include "conn/exchange.h"
#include "file/file_cache.h"
#include "worker.h"

typedef void cold_again(struct exchange *, int status, struct span fields);

/* The slow ways of the next three. */
int cold_find(struct exchange *, const struct docroot *, struct span path,
	struct file **out);
int cold_find_coding(struct exchange *, const struct docroot *, struct file *,
	enum coding, struct file **out);

/* As file_cache_get(); or FILE_CACHE_WAITS: for cold_hold(). */
static inline int
cold_get(struct exchange *x, const struct docroot *d, struct span path,
	struct file **out)
{
	int status = file_cache_get(
		&x->worker->files, d, path, x->worker->now_ms, out);

	return status != FILE_CACHE_WAITS ? status : cold_find(x, d, path, out);
}

/* As file_cache_code(): 0 and *out, a reference or NULL; or FILE_CACHE_WAITS:
 * for cold_hold(). */
static inline int
cold_code(struct exchange *x, const struct docroot *d, struct file *f,
	enum coding coding, struct file **out)
{
	if (file_cache_lacks(f, coding) && x->worker->disk != NULL)
		return cold_find_coding(x, d, f, coding, out);
	*out = file_cache_code(&x->worker->files, d, f, coding);
	return 0;
}

/* As cold_get(), but for an answer that can't wait: FILE_CACHE_WAITS only says
 * that the next one may have it. */
int cold_get_now(struct exchange *, const struct docroot *, struct span path,
	struct file **out);

/* The exchange waits; again(), with these two, is to answer it then, or to
 * hold it once more.  fields live in its arena. */
void cold_hold(
	struct exchange *, cold_again *again, int status, struct span fields);

#endif
