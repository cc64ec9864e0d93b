/*
 * Which key somebody may have meant.
 * SPDX-License-Identifier: MIT
 */
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "directive.h"

enum { NAME_MAX_LEN = 32 };

static unsigned
least_of(unsigned a, unsigned b, unsigned c)
{
	unsigned least = a < b ? a : b;

	return least < c ? least : c;
}

/* Insertions, deletions and changes from one name to the other. */
static unsigned
distance(const char *a, const char *b)
{
	unsigned row[NAME_MAX_LEN + 1], corner, above;
	size_t n = strlen(b);

	for (size_t j = 0; j <= n; j++)
		row[j] = (unsigned)j;
	for (size_t i = 0; a[i] != '\0'; i++) {
		corner = row[0];
		row[0] = (unsigned)i + 1;
		for (size_t j = 0; j < n; j++) {
			bool same = strncasecmp(&a[i], &b[j], 1) == 0;

			above = row[j + 1];
			row[j + 1] = least_of(
				above + 1, row[j] + 1, corner + (same ? 0 : 1));
			corner = above;
		}
	}
	return row[n];
}

/* As near as two changes, one in a short name; NULL: none is. */
static const struct directive *
find_near(const struct directive_table *t, const char *name)
{
	const struct directive *best = NULL;
	unsigned least = strlen(name) <= 3 ? 2 : 3, d;

	for (size_t i = 0; i < t->nrows; i++) {
		d = distance(name, t->rows[i].name);
		if (d < least && d < strlen(t->rows[i].name)) {
			least = d;
			best = &t->rows[i];
		}
	}
	return best;
}

const struct directive *
directive_guess(const struct directive_table *t, const char *name,
	const struct directive **inside)
{
	const struct directive *best;

	*inside = NULL;
	if (strlen(name) > NAME_MAX_LEN)
		return NULL;
	best = find_near(t, name);
	for (size_t i = 0; best == NULL && i < t->nrows; i++) {
		if (t->rows[i].inner == NULL)
			continue;
		*inside = &t->rows[i];
		best = find_near(t->rows[i].inner, name);
	}
	return best;
}
