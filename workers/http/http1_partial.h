/*
 * Shared by http1.c and http1_partial.c.
 * SPDX-License-Identifier: MIT
 */
#ifndef HTTP1_PARTIAL_H
#define HTTP1_PARTIAL_H

#include <stddef.h>

struct conf_limits;
struct request;

enum {
	HTTP1_LONGEST_METHOD = 32,
	HTTP1_VERSION_LEN = sizeof("HTTP/1.1") - 1,
};

/* Rules that a head breaks, as the log names them. */
#define HTTP1_TOO_MANY_FIELDS "more fields than limits.fields"
#define HTTP1_LONG_FIELD      "a field that is longer than limits.field"
#define HTTP1_LONG_HEAD       "a head that is longer than limits.head"
#define HTTP1_LONG_LINE       "a request line that is longer than limits.request_line"
#define HTTP1_BAD_LINE        "bytes that are not the request line of HTTP"
#define HTTP1_BAD_FIELD                                                        \
	"a malformed field line: folded, without a colon or CRLF, with white " \
	"space before the colon, or with a control byte"
#define HTTP1_BARE_LF     "a line that ends with LF instead of CRLF"
#define HTTP1_BAD_VERSION "an HTTP version other than 1.0 and 1.1"

/* Checks an HTTP-version: 0, 400, or 505 for another major version. */
int http1_check_version(const char *, int *minor);

/*
 * Called when no head was found: returns HTTP1_PARTIAL when it may still
 * arrive, or the status that refuses it.
 */
int http1_explain_missing(
	struct request *, size_t len, const struct conf_limits *);

#endif
