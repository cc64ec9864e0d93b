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

/* Hashes bytes that come in parts; the value is that of hash_bytes() for all of
 * them. hash_stream_free() accepts NULL. */
struct hash_stream;
struct hash_stream *hash_stream_new(uint64_t seed);
void hash_stream_add(struct hash_stream *, const void *bytes, size_t len);
uint64_t hash_stream_value(const struct hash_stream *);
void hash_stream_free(struct hash_stream *);

#endif
