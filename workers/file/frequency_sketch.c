/*
 * A key has four counts, all of them in one block, which is a cache line: one
 * in each of its rows. The lowest is the best estimate. 16 counts for each
 * request of the window keep most of them at zero during a scan.
 * SPDX-License-Identifier: MIT
 */
#include "file/frequency_sketch.h"

#include <assert.h>

enum {
	ROWS = 4,
	COUNTS_PER_WORD = 16,
	WORDS_PER_ROW = 2,
	COUNTS_PER_REQUEST = 16,
	COUNTS_PER_BLOCK = ROWS * WORDS_PER_ROW * COUNTS_PER_WORD,
	REQUESTS_PER_BLOCK = COUNTS_PER_BLOCK / COUNTS_PER_REQUEST,
};

struct frequency_block {
	uint64_t words[ROWS][WORDS_PER_ROW]; /* of four-bit counts */
};

size_t
frequency_sketch_size(size_t window)
{
	return window / REQUESTS_PER_BLOCK * sizeof(struct frequency_block);
}

void
frequency_sketch_init(struct frequency_sketch *s, size_t window, void *blocks)
{
	size_t nblocks = window / REQUESTS_PER_BLOCK;

	assert(nblocks > 0 && (nblocks & (nblocks - 1)) == 0);
	assert((uintptr_t)blocks % sizeof(*s->blocks) == 0);
	*s = (struct frequency_sketch){
		.blocks = blocks,
		.mask = nblocks - 1,
		.window = window,
	};
}

void
frequency_sketch_prefetch(const struct frequency_sketch *s, uint64_t hash)
{
	__builtin_prefetch(&s->blocks[hash & s->mask], 1);
}

static void
halve_counts(struct frequency_sketch *s)
{
	const uint64_t low_three_bits = 0x7777777777777777;

	for (size_t i = 0; i <= s->mask; i++)
		for (int row = 0; row < ROWS; row++)
			for (int j = 0; j < WORDS_PER_ROW; j++) {
				uint64_t *w = &s->blocks[i].words[row][j];

				*w = *w >> 1 & low_three_bits;
			}
	s->nadded = 0;
}

unsigned
frequency_sketch_raise(struct frequency_sketch *s, uint64_t hash, unsigned n)
{
	struct frequency_block *b = &s->blocks[hash & s->mask];
	uint64_t *word[ROWS];
	unsigned shift[ROWS], count[ROWS], least = FREQUENCY_MAX;

	hash >>= 32;
	for (int i = 0; i < ROWS; i++, hash >>= 5) {
		word[i] = &b->words[i][hash & 1];
		shift[i] = (unsigned)(hash >> 1 & 15) * 4;
		count[i] = (unsigned)(*word[i] >> shift[i] & 15);
		if (count[i] < least)
			least = count[i];
	}
	least = least + n < FREQUENCY_MAX ? least + n : FREQUENCY_MAX;
	/* Only what is too low is raised: other keys count here, too. */
	for (int i = 0; i < ROWS; i++)
		if (count[i] < least)
			*word[i] += (uint64_t)(least - count[i]) << shift[i];
	return least;
}

unsigned
frequency_sketch_add(struct frequency_sketch *s, uint64_t hash)
{
	if (s->nadded++ >= s->window)
		halve_counts(s);
	return frequency_sketch_raise(s, hash, 1);
}
