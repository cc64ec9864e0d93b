/*
 * The Accept-Encoding field and the choice of a content coding (RFC 9110
 * 12.5.3).
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

/* Returns the coding of a name; identity for names that are not known. */
enum coding coding_find(struct span name);

/* "gzip" */
const char *coding_name(enum coding);

/* The client's weight for each coding, from 0 (not acceptable) to 1000. */
struct codings {
	int q[CODING_COUNT];
};

/*
 * Parses value, several lines joined with ", "; value.at is NULL where the
 * field is missing, which selects identity. "*" applies to each coding that is
 * not named. Identity stays acceptable, with the lowest weight, unless the
 * field names it or "*". "x-gzip" is gzip, an unknown coding is ignored, and
 * the last of two elements of one name counts. Returns false when an element is
 * not a coding with an optional weight: that element is ignored and *codings
 * holds what the others say.
 */
bool accept_encoding_parse(struct span value, struct codings *codings);

/*
 * The last value that was parsed: consecutive requests of a browser carry the
 * same one.
 */
struct codings_memo {
	struct codings codings;
	size_t len; /* bytes in text; 0 when the memo is empty */
	char text[64];
};

/*
 * Does what accept_encoding_parse() does, and skips parsing when value is the
 * memorised one. The result is valid until the next call with this memo.
 */
const struct codings *accept_encoding_recall(
	struct codings_memo *, struct span value);

/*
 * Returns the coding with the highest weight of those in available, a mask of
 * 1u << CODING_x; equal weights are decided in the order zstd, br, gzip,
 * identity. Identity is always available and is the result when no coding is
 * acceptable.
 */
enum coding accept_encoding_choose(
	const struct codings *codings, unsigned available);

#endif
