/*
 * Looks for the end of text, 16 bytes at a time.
 * SPDX-License-Identifier: MIT
 */
#ifndef TEXT_SCAN_H
#define TEXT_SCAN_H

#include <endian.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "http/octet.h"

typedef unsigned char text_block __attribute__((vector_size(16)));

/* Returns the index of the first control byte in a block, or its size. */
static inline size_t
text_scan_block(const char *p)
{
	uint64_t halves[2];
	text_block bytes, is_control;

	memcpy(&bytes, p, sizeof(bytes));
	is_control = (text_block)((bytes < ' ') | (bytes == 0x7f));
	memcpy(halves, &is_control, sizeof(halves));
	if (halves[0] != 0)
		return (size_t)__builtin_ctzll(le64toh(halves[0])) / 8;
	if (halves[1] != 0)
		return 8 + (size_t)__builtin_ctzll(le64toh(halves[1])) / 8;
	return sizeof(text_block);
}

/*
 * Returns the first byte that is not allowed in a field value (RFC 9110 5.5),
 * or end.
 */
static inline const char *
text_scan(const char *p, const char *end)
{
	while (end - p >= (ptrdiff_t)sizeof(text_block)) {
		size_t n = text_scan_block(p);

		p += n;
		if (n < sizeof(text_block) && *p++ != '\t')
			return p - 1;
	}
	while (p < end && octet_is_text(*p))
		p++;
	return p;
}

#endif
