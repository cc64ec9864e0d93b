/*
 * Errors at the same position keep the order in which they were added.
 * SPDX-License-Identifier: MIT
 */
#include "config/complaint.h"

#include <stdlib.h>

void
complaints_init(struct complaints *c)
{
	arena_init(&c->arena, 4096, 0);
	c->count = 0;
}

void
complaints_fini(struct complaints *c)
{
	arena_fini(&c->arena);
}

void
complaints_vadd(
	struct complaints *c, struct position at, const char *fmt, va_list ap)
{
	char text[1024];

	if (c->count < COMPLAINTS_MAX) {
		vsnprintf(text, sizeof(text), fmt, ap);
		c->rows[c->count] = (struct complaint){
			.at = at,
			.order = c->count,
			.text = arena_strdup(&c->arena, text),
		};
	}
	c->count++;
}

void
complaints_add(struct complaints *c, struct position at, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	complaints_vadd(c, at, fmt, ap);
	va_end(ap);
}

static int
compare_rows(const void *left, const void *right)
{
	const struct complaint *a = left, *b = right;

	if (a->at.line != b->at.line)
		return a->at.line < b->at.line ? -1 : 1;
	if (a->at.column != b->at.column)
		return a->at.column < b->at.column ? -1 : 1;
	return a->order < b->order ? -1 : 1;
}

void
complaints_print(struct complaints *c, const char *name, FILE *to)
{
	unsigned n = c->count < COMPLAINTS_MAX ? c->count : COMPLAINTS_MAX;

	qsort(c->rows, n, sizeof(c->rows[0]), compare_rows);
	for (unsigned i = 0; i < n; i++) {
		const struct complaint *row = &c->rows[i];

		if (row->at.line == 0)
			fprintf(to, "%s: %s\n", name, row->text);
		else
			fprintf(to, "%s:%u:%u: error: %s\n", name, row->at.line,
				row->at.column, row->text);
	}
	if (c->count > n)
		fprintf(to, "%s: and %u more errors\n", name, c->count - n);
}
