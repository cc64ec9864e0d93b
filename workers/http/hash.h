/*
 * The only user of <xxhash.h>: 64 bits of XXH3, for hash tables and content
 * tags. It is not cryptographic: an attacker can construct collisions.
 * SPDX-License-Identifier: MIT
 */
#ifndef HASH_H
#define HASH_H

#include <stddef.h>
#include <stdint.h>

/* The result depends only on the bytes and the seed, not on the machine. */
uint64_t hash_bytes(const void *bytes, size_t len, uint64_t seed);

#endif
