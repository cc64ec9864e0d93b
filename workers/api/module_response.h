/*
 * Building blocks of a response, for the functions of prong.h that make one.
 * SPDX-License-Identifier: MIT
 */
#ifndef MODULE_RESPONSE_H
#define MODULE_RESPONSE_H

#include <stdbool.h>

#include "api/prong.h"
#include "common/span.h"

struct context;

/* True for a field value (RFC 9110 5.5): it has no control bytes. */
bool module_response_is_value(const char *text);

/*
 * Returns the context while the response head may still change. Otherwise logs
 * the call as the module's error, sets errno to ESTALE or EALREADY and returns
 * NULL.
 */
struct context *module_response_find(
	struct prong_context *, const char *function);

/* Adds a field line that is known to be valid. Returns 0, or -1 with ENOMEM. */
int module_response_add_field(
	struct context *, struct span name, struct span value);

/*
 * Sends the response, which ends the context. type and content may be empty;
 * content must live until it was sent.
 */
void module_response_send(
	struct context *, int status, struct span type, struct span content);

/*
 * Formats like vprintf(3) into memory that lives until it was sent, with a
 * terminating NUL.
 */
struct span module_response_format(struct context *, const char *format,
	va_list) __attribute__((format(printf, 2, 0)));

#endif
