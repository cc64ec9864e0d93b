/*
 * Resolves a path to open descriptors.
 * SPDX-License-Identifier: MIT
 */
#ifndef RESOLVED_H
#define RESOLVED_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <time.h>

#include "common/span.h"
#include "file/sidecar.h"

struct docroot;
struct sidecar_list;

/*
 * A file modified less than this many milliseconds ago may be partly written.
 */
enum { RESOLVED_RECENT_MS = 50 };

struct resolved {
	int fd;
	struct stat st;
	const char *type;   /* media type */
	enum coding coding; /* of the file itself, by its name */
	struct sidecars sidecars;
	/* a sidecar that is too recent to be used will vary the response
	 * later */
	bool may_vary;
	int error; /* errno: why it has another status than 0, or one of the
		      sidecars cannot be read; 0: none */
};

/*
 * Opens the regular file for a path, as file_cache_get() takes it, and its
 * sidecars where the route uses them. largest is the size up to which files are
 * read into memory; the sidecars of such a file must not exceed it; the list
 * tells which sidecars there may be, NULL: any. Returns 0, after which
 * resolved_close() must be called, or a status with nothing open, or ROOT_WAITS
 * when the docroot's root must not block and the file is not resident.
 */
int resolved_open(struct resolved *, const struct docroot *, struct span path,
	int64_t largest, const struct sidecar_list *);
void resolved_close(struct resolved *);

/* True when the file was modified within the last RESOLVED_RECENT_MS. */
bool resolved_is_recent(const struct timespec *modified);

/*
 * True when a component starts with a dot, except a leading ".well-known" (RFC
 * 8615).
 */
bool resolved_is_hidden(struct span path);

#endif
