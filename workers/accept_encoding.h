/*
 * The Accept-Encoding field and the choice it leaves us (RFC 9110 12.5.3).
 * SPDX-License-Identifier: MIT
 */
#ifndef ACCEPT_ENCODING_H
#define ACCEPT_ENCODING_H

#include "common/span.h"

enum coding {
	CODING_IDENTITY,
	CODING_GZIP,
	CODING_BR,
	CODING_ZSTD,
	CODING_COUNT,
};

/* How much the client wants each: 0 (not at all) to 1000. */
struct codings {
	int q[CODING_COUNT];
};

/*
 * Reads value, several lines joined with ", "; at == NULL where the field is
 * missing: then only identity is used.  "*" is applied to what is not named;
 * identity that neither names stays acceptable, behind everything else.
 * x-gzip is gzip, an unknown coding is passed over, the last of two of one
 * name counts.  False when an element was no coding with a weight: it was
 * ignored, and *codings holds what the others said.
 */
bool accept_encoding_parse(struct span value, struct codings *codings);

/* The last value that was read: browsers say the same again and again. */
struct codings_memo {
	struct codings codings;
	size_t len; /* 0: none */
	char text[64];
};

/* As accept_encoding_parse(), from memory where it can be. */
const struct codings *accept_encoding_recall(
	struct codings_memo *, struct span value);

/*
 * The best coding of those in available, a mask of 1u << CODING_x: the highest
 * weight, and zstd, br, gzip, identity where it is equal.  Identity is always
 * there, and is the answer when nothing is acceptable.
 */
enum coding accept_encoding_choose(
	const struct codings *codings, unsigned available);

#endif
