/*
 * Routes that redirect.
 * SPDX-License-Identifier: MIT
 */
#ifndef REDIRECT_H
#define REDIRECT_H

#include "common/span.h"

struct exchange;

/* Responds for a route with "redirect". */
void redirect_answer(struct exchange *);

/*
 * Redirects with 301 or 308 to a path of this site, which is given decoded; the
 * query is kept.
 */
void redirect_to_path(struct exchange *, int status, struct span path);

/* Percent-encodes a decoded path in the arena. */
struct span redirect_encode(struct exchange *, struct span path);

#endif
