/*
 * Field lines as rows of name and value, for a protocol that does not send
 * lines.  Connection-specific fields (RFC 9113 8.2.2) get no row.
 * SPDX-License-Identifier: MIT
 */
#ifndef FIELD_ROWS_H
#define FIELD_ROWS_H

#include <stdbool.h>
#include <stddef.h>

#include "common/span.h"

struct field_row {
	struct span name;     /* in lower case (RFC 9113 8.2) */
	struct span value;    /* without white space around it */
	bool differs_by_file; /* ETag, Last-Modified, Content-Length */
};

struct field_rows {
	size_t count;
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
