/*
 * The matrix of Wagner and Fischer, of which only one row is kept.
 * SPDX-License-Identifier: MIT
 */
#include "common/edit_distance.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

static unsigned
least_of(unsigned a, unsigned b, unsigned c)
{
	unsigned least = a < b ? a : b;

	return least < c ? least : c;
}

unsigned
edit_distance(const char *a, const char *b)
{
	unsigned row[EDIT_DISTANCE_MAX + 1], corner, above;
	size_t n = strlen(b);

	if (n > EDIT_DISTANCE_MAX || strlen(a) > EDIT_DISTANCE_MAX)
		return EDIT_DISTANCE_FAR;
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
