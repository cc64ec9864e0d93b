/*
 * Requests for files that are not in memory.  The exchange is held while a job
 * in the disk pool reads the file, one job for all requests of the same file;
 * then the response is tried again:
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
#include "conn/worker_state.h"
#include "file/file_cache.h"

typedef void disk_wait_retry(struct exchange *, int status, struct span fields);

/* The slow paths of disk_wait_get() and disk_wait_code(). */
int disk_wait_find(struct exchange *, const struct docroot *, struct span path,
	struct file **out);
int disk_wait_find_coding(struct exchange *, const struct docroot *,
	struct file *, enum coding, struct file **out);

/* Like file_cache_get(); after FILE_CACHE_WAITS the caller calls
 * disk_wait_hold(). */
static inline int
disk_wait_get(struct exchange *x, const struct docroot *d, struct span path,
	struct file **out)
{
	int status = file_cache_get(
		&x->worker->files, d, path, x->worker->now_ms, out);

	return status != FILE_CACHE_WAITS ? status
					  : disk_wait_find(x, d, path, out);
}

/* Like file_cache_code(): returns 0 and in *out a reference or NULL; after
 * FILE_CACHE_WAITS the caller calls disk_wait_hold(). */
static inline int
disk_wait_code(struct exchange *x, const struct docroot *d, struct file *f,
	enum coding coding, struct file **out)
{
	if (file_cache_lacks(f, coding) && x->worker->work != NULL)
		return disk_wait_find_coding(x, d, f, coding, out);
	*out = file_cache_code(&x->worker->files, d, f, coding);
	return 0;
}

/* Like disk_wait_get() for a response that must not be delayed: after
 * FILE_CACHE_WAITS the file is read for later requests, and the caller responds
 * without it. */
int disk_wait_get_now(struct exchange *, const struct docroot *,
	struct span path, struct file **out);

/* Holds the exchange.  retry() is called with status and fields when the file
 * was read; it responds or holds the exchange again.  fields live in the
 * exchange's arena. */
void disk_wait_hold(struct exchange *, disk_wait_retry *retry, int status,
	struct span fields);

#endif
