/*
 * The header section of one part of a form (RFC 7578 4).
 * SPDX-License-Identifier: MIT
 */
#ifndef PART_HEAD_H
#define PART_HEAD_H

#include "common/span.h"

enum { PART_NAME_MOST = 256 }; /* bytes */

struct part_head {
	struct span name;
	struct span filename; /* without directories; at is NULL when missing */
	struct span type;     /* Content-Type as sent; empty when missing */
};

/*
 * Parses the field lines of a header section, each ended by CRLF, without the
 * empty line; values are decoded in place. Returns NULL, or what is wrong: a
 * sentence without a full stop.
 *
 * Names are decoded as browsers and curl encode them: %22 is a quote, %0D and
 * %0A are line ends, and a backslash is literal; \" is a quote, as older
 * clients write it, unless it ends the name. Everything up to the last '/' or
 * '\' of a filename is dropped, and the filenames "." and ".." become empty.
 * filename* counts only without filename (RFC 7578 4.2).
 */
const char *part_head_parse(struct part_head *, char *lines, size_t len);

#endif
