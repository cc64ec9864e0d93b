/*
 * The request target (RFC 9112 3.2) and its path.
 * SPDX-License-Identifier: MIT
 */
#ifndef TARGET_H
#define TARGET_H

#include "common/arena.h"
#include "common/conf.h"

struct request;

/* An encoded slash in a decoded path: no other byte is decoded to it. */
enum { PATH_SLASH = '\0' };

/*
 * Checks the form of the target against the method and fills host, path and
 * query of the request. Returns 0, 400 for a malformed target, 501 for CONNECT
 * and TRACE, or 414 for more segments than limits allow.
 */
int target_check(struct request *, const struct conf_limits *, struct arena *);

/*
 * Decodes percent-encoding once, merges slashes and removes dot segments (RFC
 * 3986 5.2.4, 6.2.2). raw begins with '/'. *path begins with '/'; ".." never
 * leads above it. *path is raw itself where nothing changes, else in the arena.
 * "%2F" becomes PATH_SLASH. Returns 0, 400 (malformed encoding, NUL), or 414
 * for more than depth segments.
 */
int path_decode(
	struct span raw, int64_t depth, struct arena *, struct span *path);

#endif
