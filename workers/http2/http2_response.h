/*
 * The fields of HTTP/2 responses (RFC 9113 8.3.2), as rows of names and values.
 * SPDX-License-Identifier: MIT
 */
#ifndef HTTP2_RESPONSE_H
#define HTTP2_RESPONSE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/span.h"
#include "http/field_rows.h"

struct exchange;
struct file;
struct response_head;

/* In the exchange's memory. */
struct http2_fields {
	struct field_row *all; /* behind :status and Date */
	size_t count;
	struct field_rows *of_file; /* behind all, or NULL */
	int status;
	bool has_date;
};

struct http2_fields http2_response_fields(
	struct exchange *, const struct response_head *);

/* Of a 200 with a file's whole content; the file must live as long. */
struct http2_fields http2_response_file_fields(
	struct exchange *, struct file *);

/* Of a 1xx response, or one that switches protocols: these lines alone. */
struct http2_fields http2_response_lines(
	struct exchange *, int status, struct span lines);

#endif
