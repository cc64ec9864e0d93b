/*
 * The head of one part of a form (RFC 7578 4).
 * SPDX-License-Identifier: MIT
 */
#ifndef PART_HEAD_H
#define PART_HEAD_H

#include "common/span.h"

enum { PART_NAME_MOST = 256 }; /* bytes */

struct part_head {
	struct span name;
	struct span filename; /* without folders; at is NULL: none */
	struct span type;     /* Content-Type as sent; empty: none */
};

/*
 * Takes the lines of a head apart, each ended by CR LF, without the empty one;
 * they are decoded where they stand.  NULL, or what is wrong with them:
 * a sentence without a full stop.
 *
 * Names are as browsers write them: \" is a quote, \\ a backslash, %22 a quote,
 * and any other backslash is itself.  What stands before the last '/' or '\' of
 * a filename is dropped, and one that is "." or ".." is empty.  filename*
 * counts for nothing (RFC 7578 4.2).
 */
const char *part_head_parse(struct part_head *, char *lines, size_t len);

#endif
