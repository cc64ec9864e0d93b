/*
 * The one owner of <xxhash.h>: 64 bits of XXH3.  For tables and for tags of
 * content; it keeps no secret and resists nobody who looks for collisions.
 * SPDX-License-Identifier: MIT
 */
#ifndef HASH_H
#define HASH_H

#include <stddef.h>
#include <stdint.h>

/* The same on every machine for the same bytes and seed. */
uint64_t hash_bytes(const void *bytes, size_t len, uint64_t seed);

#endif
