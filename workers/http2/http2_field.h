/*
 * What RFC 9113 8.2 demands of any field of a message that is not a pseudo
 * field.
 * SPDX-License-Identifier: MIT
 */
#ifndef HTTP2_FIELD_H
#define HTTP2_FIELD_H

#include <stdbool.h>
#include <stdint.h>

#include "common/span.h"
#include "http/field.h"

/* The rule that the field breaks, in words for the log, or NULL; id is that of
 * its name in any case. */
const char *http2_field_check(
	enum field_id id, struct span name, struct span value);

/* The same of a field of the trailers of a message (RFC 9113 8.1), whose head
 * had a content-length of length, or REQUEST_NO_LENGTH, and of whose content so
 * many bytes were received. */
const char *http2_field_check_trailer(
	struct span name, struct span value, int64_t length, uint64_t received);

/* RFC 9113 8.2.1: without bytes that are forbidden, and without white space at
 * its ends. */
bool http2_field_is_value(struct span);

/* Reads the value of a content-length; false: it is not one number below
 * 2^63. */
bool http2_field_read_length(struct span, int64_t *length);

#endif
