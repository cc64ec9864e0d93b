/*
 * The fields of HTTP/2 responses (RFC 9113 8.3.2), as rows of names and values.
 * SPDX-License-Identifier: MIT
 */
#ifndef HTTP2_RESPONSE_H
#define HTTP2_RESPONSE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/span.h"

struct exchange;
struct file;
struct response_head;

struct http2_field {
	struct span name, value; /* the name is in lower case */
	/* Differs by file: it would only push others out of the table of the
	 * field compression. */
	bool is_unindexed;
};

/* In the exchange's memory. */
struct http2_fields {
	struct http2_field *all;
	size_t count;
};

struct http2_fields http2_response_fields(
	struct exchange *, const struct response_head *);

/* Of a 200 with a file's whole content; they live as long as the file, too. */
struct http2_fields http2_response_file_fields(
	struct exchange *, struct file *);

/* Of a 1xx response, or one that switches protocols: these lines alone. */
struct http2_fields http2_response_lines(
	struct exchange *, int status, struct span lines);

#endif
