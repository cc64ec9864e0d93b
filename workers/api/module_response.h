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

/*
 * Calls the functions of prong_on_head(), which may still set fields: before
 * the head is made.  The context counts as answered.
 */
void module_response_head(struct context *, int status);

/* Sends an error of the server's own, with the fields of prong_on_head() but
 * not those that the handler has set, and ends the context. */
void module_response_fail(struct context *, int status);

/* True for a status that a module may answer with; otherwise the call is
 * logged. */
bool module_response_check_status(
	struct context *, const char *function, int status);

/* True for a media type (RFC 9110 8.3.1), with or without parameters. */
bool module_response_is_type(const struct context *, const char *text);

/*
 * True for a field that a module may set; otherwise the call is logged and
 * errno set.  A NULL value is permitted.
 */
bool module_response_check_field(struct context *, const char *function,
	const char *name, const char *value);

/* Returns the value of the first line of a field that the module has set; at is
 * NULL where there is none. */
struct span module_response_field(const struct context *, struct span name);

/* Removes all lines of a field. */
void module_response_remove_field(struct context *, struct span name);

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
