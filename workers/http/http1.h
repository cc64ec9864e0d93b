/*
 * Splits HTTP/1 heads into tokens. Only this file uses http-parser.
 * SPDX-License-Identifier: MIT
 */
#ifndef HTTP1_H
#define HTTP1_H

#include <stdbool.h>
#include <stdint.h>

#include "common/conf.h"
#include "http/head_memo.h"
#include "http/request.h"

enum { HTTP1_PARTIAL = -1 };

/* The parser of a worker. */
struct http1 {
	/* The state of http-parser after a request line; parsing of the fields
	 * starts from a copy of it. */
	_Alignas(8) unsigned char start[48];
	/* The fields of a head that has more than REQUEST_FEW, until the next
	 * one is parsed. */
	struct request_field many[REQUEST_FIELDS];
	struct head_memo memo; /* for http1_read() */
};

/* Prepares the parser state once per worker. */
void http1_init(struct http1 *);

/*
 * Splits the head at the start of bytes: method, version, target, fields and
 * head_len. Returns 0, HTTP1_PARTIAL when the head is incomplete, or the status
 * that refuses it: 400, 414, 431, 501, 505. The request's spans point into
 * bytes. Semantics are left to request_check(), which must be called before
 * another head is parsed: it copies the fields of a head that has many.
 */
int http1_parse(struct http1 *, struct request *, const char *bytes, size_t len,
	const struct conf_limits *);

/*
 * http1_parse() and request_check() at once, with their results; faster for a
 * head, or for fields, that repeat those of an earlier request.  The limits
 * must be the same in each call.
 */
int http1_read(struct http1 *, struct request *, const char *bytes, size_t len,
	const struct conf_limits *, struct arena *);

/*
 * True when bytes contain the end of a head. *scanned is the number of bytes
 * that earlier calls have scanned; it is updated.
 */
bool http1_is_whole(const char *bytes, size_t len, uint32_t *scanned);

/*
 * Returns 0 while the bytes can still become a head, or the status that refuses
 * them already: 400 when they are not HTTP, 414 or 431 when a part is too long.
 * Then *rule is the rule that they broke, in words for the log.
 */
int http1_check_partial(const char *bytes, size_t len,
	const struct conf_limits *, const char **rule);

#endif
