/*
 * SPDX-License-Identifier: MIT
 */
#include "serve/token_cache.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/random.h"
#include "http/hash.h"

void
token_cache_init(struct token_cache *c)
{
	memset(c, 0, sizeof(*c));
	c->seed = random_seed();
}

static void
clear_entry(struct token_entry *e)
{
	if (e->token != NULL)
		explicit_bzero(e->token, e->len);
	free(e->token);
	*e = (struct token_entry){ 0 };
}

void
token_cache_fini(struct token_cache *c)
{
	for (int set = 0; set < TOKEN_CACHE_SETS; set++)
		for (int way = 0; way < TOKEN_CACHE_WAYS; way++)
			clear_entry(&c->entries[set][way]);
}

bool
token_is_same(struct span a, struct span b)
{
	unsigned char differs = a.len != b.len;

	for (size_t i = 0; i < b.len; i++)
		differs |= (unsigned char)((i < a.len ? a.at[i] : 0) ^ b.at[i]);
	return differs == 0;
}

static size_t
find_set(const struct token_cache *c, struct span token)
{
	return hash_bytes(token.at, token.len, c->seed) % TOKEN_CACHE_SETS;
}

bool
token_cache_has(const struct token_cache *c, struct span token, int64_t now_ms)
{
	const struct token_entry *set = c->entries[find_set(c, token)];
	bool found = false;

	for (int way = 0; way < TOKEN_CACHE_WAYS; way++) {
		const struct token_entry *e = &set[way];

		if (e->token == NULL || (e->until != 0 && e->until <= now_ms))
			continue;
		found |=
			token_is_same((struct span){ e->token, e->len }, token);
	}
	return found;
}

void
token_cache_add(struct token_cache *c, struct span token, int64_t until)
{
	struct token_entry *set = c->entries[find_set(c, token)];
	struct token_entry *e = set;

	for (int way = 1; way < TOKEN_CACHE_WAYS; way++)
		if (e->token != NULL &&
			(set[way].token == NULL ||
				(int32_t)(set[way].serial - e->serial) < 0))
			e = &set[way];
	clear_entry(e);
	e->token = mem_alloc(token.len + 1);
	memcpy(e->token, token.at, token.len);
	e->len = (uint32_t)token.len;
	e->serial = ++c->serial;
	e->until = until;
}
