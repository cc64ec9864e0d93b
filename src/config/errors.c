/*
 * Errors at the same position keep the order in which they were added.
 * SPDX-License-Identifier: MIT
 */
#include "config/errors.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static const char no_memory[] = "no memory to say what is wrong here";

void
config_errors_init(struct config_errors *c)
{
	arena_init(&c->arena, 4096, 0);
	c->arena.may_fail = true;
	c->severity = "error";
	c->count = 0;
}

void
config_errors_fini(struct config_errors *c)
{
	arena_fini(&c->arena);
}

void
config_errors_add(
	struct config_errors *c, struct json_position at, const char *fmt, ...)
{
	char text[1024], *copy;
	va_list ap;

	if (c->count < CONFIG_ERRORS_MAX) {
		va_start(ap, fmt);
		vsnprintf(text, sizeof(text), fmt, ap);
		va_end(ap);
		copy = arena_strdup(&c->arena, text);
		c->rows[c->count] = (struct config_error){
			.at = at,
			.order = c->count,
			.text = copy == NULL ? no_memory : copy,
		};
	}
	c->count++;
}

/* The main file comes first, the others as "include" sorts them. */
static int
compare_files(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return (a != NULL) - (b != NULL);
	return strcmp(a, b);
}

static int
compare_rows(const void *left, const void *right)
{
	const struct config_error *a = left, *b = right;
	int order = compare_files(a->at.file, b->at.file);

	if (order != 0)
		return order;
	if (a->at.line != b->at.line)
		return a->at.line < b->at.line ? -1 : 1;
	if (a->at.column != b->at.column)
		return a->at.column < b->at.column ? -1 : 1;
	return a->order < b->order ? -1 : 1;
}

void
config_errors_print(struct config_errors *c, const char *name, FILE *to)
{
	unsigned n =
		c->count < CONFIG_ERRORS_MAX ? c->count : CONFIG_ERRORS_MAX;

	qsort(c->rows, n, sizeof(c->rows[0]), compare_rows);
	for (unsigned i = 0; i < n; i++) {
		const struct config_error *row = &c->rows[i];
		const char *file = row->at.file;

		if (file == NULL)
			file = name;

		if (row->at.line == 0)
			fprintf(to, "%s: %s\n", file, row->text);
		else
			fprintf(to, "%s:%u:%u: %s: %s\n", file, row->at.line,
				row->at.column, c->severity, row->text);
	}
	if (c->count > n)
		fprintf(to, "%s: and %u more %ss\n", name, c->count - n,
			c->severity);
}
