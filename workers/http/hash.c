/*
 * xxHash is compiled in rather than linked: a lookup hashes a dozen bytes, and
 * a call into a shared library would cost more than the hash.
 * SPDX-License-Identifier: MIT
 */
#include "http/hash.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

uint64_t
hash_bytes(const void *bytes, size_t len, uint64_t seed)
{
	return XXH3_64bits_withSeed(bytes, len, seed);
}
