/*
 * The request target (RFC 9112 3.2) and its path.
 * SPDX-License-Identifier: MIT
 */
#ifndef TARGET_H
#define TARGET_H

#include "common/arena.h"
#include "common/conf.h"

struct request;

/*
 * Checks the form of the target against the method, and fills host, path and
 * query of the request: 0; 400 for a target that is none; 501 for CONNECT and
 * TRACE; 414 for more segments than limits allow.
 */
int target_check(struct request *, const struct conf_limits *, struct arena *);

/*
 * Decodes percent-encoding once and removes dot segments (RFC 3986 5.2.4, 6.2.2),
 * merging slashes.  raw begins with '/'.  *path begins with '/' and stays below
 * it; it is raw itself where nothing was to be done.  0, 400 (bad encoding,
 * NUL, "%2F"), or 414 for more than depth segments.
 */
int path_decode(struct span raw, int64_t depth, struct arena *,
	struct span *path);

#endif
