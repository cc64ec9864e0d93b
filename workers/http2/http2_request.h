/*
 * From the fields of an HTTP/2 request (RFC 9113 8.3.1) to a struct request.
 * The head is written in the form of HTTP/1 to the exchange's memory, once:
 *
 *   GET SP target SP HTTP/2.0 CRLF  host: authority CRLF  name: value CRLF ...
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HTTP2_REQUEST_H
#define HTTP2_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/span.h"
#include "http2/http2_priority.h"

struct arena;
struct conf_limits;
struct request;

enum http2_request_result {
	HTTP2_REQUEST_OK,
	HTTP2_REQUEST_MALFORMED, /* RFC 9113 8.1.1: the stream is reset */
	HTTP2_REQUEST_TOO_MUCH,  /* no more of its fields should be decoded */
};

/* Text that grows in an arena. */
struct http2_text {
	char *at;
	size_t len, size;
};

/* A request whose fields still come. */
struct http2_request {
	struct request *request; /* that is filled */
	struct arena *arena;
	const struct conf_limits *limits;
	struct span method, scheme, authority, path, protocol;
	struct http2_text head, cookie;
	size_t list; /* bytes of the field list (RFC 9113 6.5.2) */
	int status;  /* that refuses it, or 0 */
	struct http2_priority priority;
	int64_t length;      /* of its content-length, or REQUEST_NO_LENGTH */
	bool knows_protocol; /* :protocol is allowed (RFC 8441 4) */
	bool is_past_pseudo; /* another field has come */
	bool has_host;       /* a Host field */
	size_t nvalues;
	char values[256]; /* nvalues bytes of those of short pseudo fields */
};

void http2_request_init(struct http2_request *, struct request *,
	struct arena *, const struct conf_limits *);

/* Checks and adds a field; name and value are copied. */
enum http2_request_result http2_request_add(
	struct http2_request *, struct span name, struct span value);

/*
 * The last field was added; has_content: DATA follows.  Checks the request as
 * request_check() does.  *status: 0, or the status that refuses it.
 */
enum http2_request_result http2_request_end(
	struct http2_request *, bool has_content, int *status);

#endif
