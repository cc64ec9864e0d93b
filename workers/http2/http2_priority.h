/*
 * The field "priority" (RFC 9218 4), a dictionary of RFC 8941.
 * SPDX-License-Identifier: MIT
 */
#ifndef HTTP2_PRIORITY_H
#define HTTP2_PRIORITY_H

#include <stdbool.h>

#include "common/span.h"

enum { HTTP2_URGENCY_USUAL = 3, HTTP2_URGENCY_LEAST = 7 };

struct http2_priority {
	unsigned urgency;
	bool is_incremental;
	bool is_given;
	bool is_malformed; /* one of its lines: all are ignored */
};

/* Reads a line of the field; those before it were read. */
void http2_priority_read(struct http2_priority *, struct span line);

#endif
