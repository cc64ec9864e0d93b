/*
 * What the log says of files that cannot be read.
 * SPDX-License-Identifier: MIT
 */
#ifndef FILE_ERRORS_H
#define FILE_ERRORS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/log.h"
#include "common/span.h"

struct docroot;
struct file;

enum { FILE_ERRORS_KINDS = 16 };

struct file_errors {
	struct log *log;  /* not owned */
	const char *user; /* of the workers; NULL: unknown */
	/* When an errno was logged last, for the files of a directory. */
	struct file_errors_kind {
		int error; /* 0: unused */
		uint64_t directory;
		struct log_limit limit;
	} kinds[FILE_ERRORS_KINDS];
};

/*
 * Logs that the file of a path, as file_cache_get() takes it, cannot be read:
 * once a minute for each errno with the number of times, else at level info.
 * An error of the disk is at level error, one of permissions at warn; a file
 * that does not exist is not logged.
 */
void file_errors_log(struct file_errors *, const struct docroot *,
	struct span path, int error, int64_t now_ms);

/* Logs in the same way that an open file cannot be read. */
void file_errors_log_open(
	struct file_errors *, const struct file *, int error, int64_t now_ms);

/* Returns true if the workers lack a permission. */
bool file_errors_is_permission(int error);

#endif
