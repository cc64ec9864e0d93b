/*
 * Two rows in one array: each key has two counts, and the lower one is the
 * better estimate.
 * SPDX-License-Identifier: MIT
 */
#include "file/frequency_sketch.h"

#include <stdlib.h>

#include "common/mem.h"

void
frequency_sketch_init(struct frequency_sketch *s, size_t counts)
{
	*s = (struct frequency_sketch){ .mask = counts - 1 };
	s->counts = mem_calloc(counts, 1);
}

void
frequency_sketch_fini(struct frequency_sketch *s)
{
	free(s->counts);
	s->counts = NULL;
}

static void
halve_counts(struct frequency_sketch *s)
{
	for (size_t i = 0; i <= s->mask; i++)
		s->counts[i] /= 2;
	s->nadded = 0;
}

unsigned
frequency_sketch_add(struct frequency_sketch *s, uint64_t hash)
{
	uint8_t *a = &s->counts[hash & s->mask];
	uint8_t *b = &s->counts[(hash >> 32) & s->mask];
	unsigned least = *a < *b ? *a : *b;

	if (s->nadded++ > s->mask)
		halve_counts(s);
	if (least == UINT8_MAX)
		return least;
	/* Only what is too low is raised: other keys count here, too. */
	if (*a == least)
		(*a)++;
	if (*b == least)
		*b = (uint8_t)(least + 1);
	return least + 1;
}
