/*
 * A request's content on its way to a module: collected, taken apart, or
 * handed on as it comes.
 * SPDX-License-Identifier: MIT
 */
#ifndef CONTENT_H
#define CONTENT_H

#include "common/span.h"

struct content_type;
struct exchange;
struct prong_context;
struct request;

enum { CONTENT_FORM = 256 * 1024 }; /* bytes of a form held as they came */

/*
 * A run of content that is wanted whole.  A multipart form past CONTENT_FORM is
 * taken apart from then on, as it comes; when it is broken nothing more of it
 * is wanted.
 */
void content_take(struct exchange *, struct span);

/* What the request says of its content; false: nothing, or nonsense, or twice
 * something. */
bool content_find_type(const struct request *, struct content_type *);

/* The context ends: frees what was made of its content. */
void content_end(struct prong_context *);

#endif
