/*
 * xxHash is compiled in rather than linked: a lookup hashes a dozen bytes, and
 * a call into a shared library would cost more than the hash.
 * SPDX-License-Identifier: MIT
 */
#include "http/hash.h"

#include <assert.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

uint64_t
hash_bytes(const void *bytes, size_t len, uint64_t seed)
{
	return XXH3_64bits_withSeed(bytes, len, seed);
}

struct hash_stream *
hash_stream_new(uint64_t seed)
{
	XXH3_state_t *s = XXH3_createState();

	assert(s != NULL);
	XXH3_64bits_reset_withSeed(s, seed);
	return (struct hash_stream *)s;
}

void
hash_stream_add(struct hash_stream *s, const void *bytes, size_t len)
{
	XXH3_64bits_update((XXH3_state_t *)s, bytes, len);
}

uint64_t
hash_stream_value(const struct hash_stream *s)
{
	return XXH3_64bits_digest((const XXH3_state_t *)s);
}

void
hash_stream_free(struct hash_stream *s)
{
	if (s != NULL)
		XXH3_freeState((XXH3_state_t *)s);
}
