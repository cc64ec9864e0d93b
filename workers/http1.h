/*
 * HTTP/1 heads, taken apart by http-parser.  The only file that knows it.
 * SPDX-License-Identifier: MIT
 */
#ifndef HTTP1_H
#define HTTP1_H

#include "common/conf.h"

struct request;

/*
 * Length of the head at the start of bytes, with its empty line; 0 when it is
 * not complete.  *scanned: bytes that an earlier call has looked at, to start
 * with 0; advanced.
 */
size_t http1_head_length(const char *bytes, size_t len, size_t *scanned);

/*
 * Can these bytes still become a head?  0, or the status that refuses them
 * now: 400 for what is no HTTP, 414 or 431 for what is too long.
 */
int http1_check_partial(const char *bytes, size_t len,
	const struct conf_limits *);

/*
 * Takes a complete head apart: method, version, target, fields.  0, or the
 * status of the refusal: 400, 414, 431, 501, 505.  The request's spans point
 * into head.  request_check() has the rest of the verdict.
 */
int http1_parse(struct request *, const char *head, size_t len,
	const struct conf_limits *);

#endif
