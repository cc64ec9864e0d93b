/*
 * What a path stands for at this moment.
 * SPDX-License-Identifier: MIT
 */
#ifndef FOUND_H
#define FOUND_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <time.h>

#include "common/span.h"
#include "sidecar.h"

struct docroot;

/* A file that was modified less than this ago may be half written. */
enum { FOUND_YOUNG_MS = 50 };

struct found {
	int fd;
	struct stat st;
	const char *type; /* the media type's */
	struct sidecars sidecars;
	bool may_vary; /* there will be one more in a moment */
};

/*
 * Opens the regular file for a path, as file_cache_get() takes it, and its
 * sidecars, where the route wants them.  largest: bytes of a file that goes
 * into memory; its sidecars must go there too.  0, for found_close(); or a
 * status, and nothing is open.  ROOT_WAITS: the docroot's root must not wait.
 */
int found_open(struct found *, const struct docroot *, struct span path,
	int64_t largest);
void found_close(struct found *);

/* Was it modified a moment ago? */
bool found_is_young(const struct timespec *modified);

/* A component that starts with a dot, but the first one of RFC 8615. */
bool found_is_hidden(struct span path);

#endif
