/*
 * A cache of verified credentials, as they were sent: a bounded hash table with
 * a secret seed.  A new entry replaces the oldest of its set.
 * SPDX-License-Identifier: MIT
 */
#ifndef TOKEN_CACHE_H
#define TOKEN_CACHE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/span.h"

enum { TOKEN_CACHE_SETS = 512, TOKEN_CACHE_WAYS = 4 };

struct token_entry {
	char *token; /* NULL: empty */
	uint32_t len;
	uint32_t serial;
	int64_t until; /* milliseconds, CLOCK_MONOTONIC; 0: no end */
};

struct token_cache {
	uint64_t seed;
	uint32_t serial; /* of the entry added last */
	struct token_entry entries[TOKEN_CACHE_SETS][TOKEN_CACHE_WAYS];
};

void token_cache_init(struct token_cache *);

/* Overwrites the tokens before it frees them. */
void token_cache_fini(struct token_cache *);

/* The time depends on the length of the token, not on how much of it is
 * right. */
bool token_cache_has(
	const struct token_cache *, struct span token, int64_t now_ms);

/* until: as in an entry. */
void token_cache_add(struct token_cache *, struct span token, int64_t until);

/* Compares in a time that depends on the lengths alone. */
bool token_is_same(struct span, struct span);

#endif
