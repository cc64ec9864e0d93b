/*
 * HTTP/1 heads, taken apart by http-parser.  The only file that knows it.
 * SPDX-License-Identifier: MIT
 */
#ifndef HTTP1_H
#define HTTP1_H

#include <stdbool.h>
#include <stdint.h>

#include "common/conf.h"

struct request;

enum { HTTP1_PARTIAL = -1 };

/* http-parser as it stands behind a request line: where every head starts. */
struct http1 {
	_Alignas(8) unsigned char start[48];
};

void http1_init(struct http1 *);

/*
 * Takes the head at the start of bytes apart: method, version, target, fields,
 * head_len.  0; HTTP1_PARTIAL when it is not complete; or the status of the
 * refusal: 400, 414, 431, 501, 505.  The request's spans point into bytes.
 * request_check() has the rest of the verdict.
 */
int http1_parse(const struct http1 *, struct request *, const char *bytes,
	size_t len, const struct conf_limits *);

/*
 * Is there the end of a head in bytes?  *scanned: how many of them an earlier
 * call has looked at; advanced.
 */
bool http1_is_whole(const char *bytes, size_t len, uint32_t *scanned);

/*
 * Can these bytes still become a head?  0, or the status that refuses them
 * now: 400 for what is no HTTP, 414 or 431 for what is too long.
 */
int http1_check_partial(
	const char *bytes, size_t len, const struct conf_limits *);

#endif
