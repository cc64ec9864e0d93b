/*
 * A hash table with open addressing, one writer and any number of readers.
 * SPDX-License-Identifier: MIT
 */
#include "common/change_counts.h"

#include <sys/mman.h>

#include "common/directory.h"

enum { REMOVED = 1 /* a key: searches go on behind it */ };

static const change_word never_changed;

struct change_counts *
change_counts_new(void)
{
	void *p = mmap(NULL, sizeof(struct change_counts),
		PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

void
change_counts_free(struct change_counts *c)
{
	if (c != NULL)
		munmap(c, sizeof(*c));
}

void
change_counts_protect(struct change_counts *c)
{
	if (c != NULL)
		mprotect(c, sizeof(*c), PROT_READ);
}

/* ---- keys ---------------------------------------------------------------- */

/* The finalizer of splitmix64: each bit depends on all others. */
static uint64_t
mix_bits(uint64_t x)
{
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	return x ^ x >> 31;
}

uint64_t
change_counts_root(const struct directory_id *id)
{
	return mix_bits(id->device ^ mix_bits(id->inode));
}

uint64_t
change_counts_key(uint64_t root, struct span path)
{
	uint64_t hash = root;

	for (size_t i = 0; i < path.len; i++)
		hash = (hash ^ (unsigned char)path.at[i]) * 0x100000001b3u;
	hash = mix_bits(hash ^ path.len);
	return hash <= REMOVED ? REMOVED + 1 : hash;
}

/* ---- slots --------------------------------------------------------------- */

const change_word *
change_counts_find(const struct change_counts *c, uint64_t key)
{
	size_t i = (size_t)key;

	for (size_t n = 0; c != NULL && n < CHANGE_COUNTS_SLOTS; n++, i++) {
		const struct change_slot *s =
			&c->slots[i % CHANGE_COUNTS_SLOTS];
		uint64_t found =
			atomic_load_explicit(&s->key, memory_order_acquire);

		if (found == key)
			return &s->word;
		if (found == 0)
			break;
	}
	return c == NULL ? &never_changed : &c->unwatched;
}

struct change_slot *
change_counts_add(struct change_counts *c, uint64_t key)
{
	size_t i = (size_t)key;

	for (size_t n = 0; n < CHANGE_COUNTS_SLOTS; n++, i++) {
		struct change_slot *s = &c->slots[i % CHANGE_COUNTS_SLOTS];
		uint64_t found =
			atomic_load_explicit(&s->key, memory_order_relaxed);

		if (found > REMOVED && found != key)
			continue;
		/* The word goes on counting: what has it from before looks. */
		change_counts_bump(s, false);
		atomic_store_explicit(&s->key, key, memory_order_release);
		return s;
	}
	return NULL;
}

void
change_counts_remove(struct change_slot *s)
{
	uint32_t word = atomic_load_explicit(&s->word, memory_order_relaxed);

	word = (word & ~(uint32_t)(CHANGE_QUIET | CHANGE_WATCHED)) +
	       CHANGE_STEP;
	atomic_store_explicit(&s->word, word, memory_order_release);
	atomic_store_explicit(&s->key, REMOVED, memory_order_release);
}

void
change_counts_touch(struct change_counts *c, uint64_t key)
{
	change_word *word = (change_word *)change_counts_find(c, key);

	if (word != &never_changed && word != &c->unwatched)
		atomic_fetch_add_explicit(
			word, CHANGE_STEP, memory_order_release);
}

void
change_counts_touch_unwatched(struct change_counts *c)
{
	atomic_fetch_add_explicit(
		&c->unwatched, CHANGE_STEP, memory_order_release);
}

void
change_counts_bump(struct change_slot *s, bool is_quiet)
{
	uint32_t word = atomic_load_explicit(&s->word, memory_order_relaxed);

	word = (word & ~(uint32_t)CHANGE_QUIET) + CHANGE_STEP;
	word |= CHANGE_WATCHED | (is_quiet ? CHANGE_QUIET : 0);
	atomic_store_explicit(&s->word, word, memory_order_release);
}
