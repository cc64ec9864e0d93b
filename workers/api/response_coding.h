/*
 * Content codings of a module's responses, where the route has "compress".
 * SPDX-License-Identifier: MIT
 */
#ifndef RESPONSE_CODING_H
#define RESPONSE_CODING_H

#include <stdbool.h>
#include <stdint.h>

#include "common/span.h"
#include "http/accept_encoding.h"

struct context;

/*
 * Chooses the coding for content of this type and size, INT64_MAX for a stream,
 * and adds Vary where another request could get another one.  CODING_IDENTITY:
 * it is sent as it is.
 */
enum coding response_coding_choose(
	struct context *, int status, struct span type, int64_t size);

/* Returns the coding that the request would get for content that is worth it.
 */
enum coding response_coding_wanted(const struct context *);

/* Adds Content-Encoding, and changes what the fields say of the content.
 * Returns false, and changes nothing, when there is no memory for it: then the
 * content must be sent as it is. */
bool response_coding_mark(struct context *, enum coding);

/* Adds Vary: Accept-Encoding. */
void response_coding_vary(struct context *);

/*
 * Compresses the content, if it should be.  Returns true if a thread does it:
 * then the response is sent later.  Otherwise the caller sends the content, to
 * which it may have been changed.
 */
bool response_coding_take(
	struct context *, int status, struct span type, struct span *content);

#endif
