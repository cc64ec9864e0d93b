/*
 * Collects the body of a module's request, or passes it to a form parser as it
 * arrives.
 * SPDX-License-Identifier: MIT
 */
#ifndef MODULE_BODY_H
#define MODULE_BODY_H

#include "common/span.h"

struct content_type;
struct exchange;
struct context;
struct request;

/* bytes of a multipart form that are kept unparsed */
enum { MODULE_BODY_FORM = 256 * 1024 };

/*
 * Handles a run of a body that the handler wants as a whole. A multipart form
 * that exceeds MODULE_BODY_FORM is parsed from then on as it arrives; once it
 * is malformed the rest is dropped. Returns 0, or the status with which the
 * request is refused: limits.body_memory has no room.
 */
int module_body_take(struct exchange *, struct span);

/* Parses Content-Type; false when it is missing, malformed or repeated. */
bool module_body_find_type(const struct request *, struct content_type *);

/* The response of the context will be 503: there is no memory for its body. */
void module_body_refuse_memory(struct context *);

/* Frees the JSON value of the body, if there is one. */
void module_body_drop_json(struct context *);

/* Frees what was made of the body of a context that ends. */
void module_body_end(struct context *);

#endif
