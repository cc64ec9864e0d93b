/*
 * Field lines as rows of name and value, for a protocol that does not send
 * lines.  Connection-specific fields (RFC 9113 8.2.2) get no row.
 * SPDX-License-Identifier: MIT
 */
#ifndef FIELD_ROWS_H
#define FIELD_ROWS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "common/span.h"

struct hpack_encoder;

struct field_row {
	struct span name;  /* in lower case (RFC 9113 8.2) */
	struct span value; /* without white space around it */
	uint32_t hash;     /* of both; equal ones may differ */
	/* Where the encoder that sent it last has it in its table (hpack.c). */
	const struct hpack_encoder *encoder;
	uint64_t number;
};

/* Looks at no more than the ends of the value. */
static inline uint32_t
field_row_hash(struct span name, struct span value)
{
	const uint64_t factor = 0x9e3779b97f4a7c15;
	uint64_t first = 0, last = 0, h = value.len << 8 | name.len;

	if (value.len >= sizeof(first)) {
		memcpy(&first, value.at, sizeof(first));
		memcpy(&last, value.at + value.len - sizeof(last),
			sizeof(last));
	} else {
		for (size_t i = 0; i < value.len; i++)
			first = first << 8 | (unsigned char)value.at[i];
	}
	if (name.len > 0)
		h = h << 8 | (unsigned char)name.at[name.len - 1];
	h = (h ^ first) * factor;
	h = (h ^ h >> 32 ^ last) * factor;
	return (uint32_t)(h >> 32);
}

static inline struct field_row
field_row_make(struct span name, struct span value)
{
	return (struct field_row){
		.name = name,
		.value = value,
		.hash = field_row_hash(name, value),
	};
}

struct field_rows {
	size_t count;
	size_t len; /* of all names and values */
	struct field_row all[];
};

/* Returns how many bytes the rows of these lines need; each line ends with
 * CRLF. */
size_t field_rows_size(struct span lines);

/*
 * Makes the rows in memory of field_rows_size() bytes, aligned for any type,
 * and returns them.  The names are copies, the values point into the lines.
 */
struct field_rows *field_rows_make(struct span lines, void *memory);

#endif
