/*
 * SHA-1 hashes a client's key and a constant here, so neither secrecy nor
 * collision resistance matters. It is implemented here because libcrypto or
 * nettle would be many times the rest of a worker, and an optional library
 * would make WebSocket optional.
 * SPDX-License-Identifier: MIT
 */
#include "api/sha1.h"

#include <assert.h>
#include <string.h>

enum { BLOCK = 64, ROUNDS = 80 };

static uint32_t
rotate_left(uint32_t word, int bits)
{
	return word << bits | word >> (32 - bits);
}

/* Computes f and K of a round (RFC 3174 5). */
static uint32_t
round_function(int round, uint32_t b, uint32_t c, uint32_t d)
{
	if (round < 20)
		return ((b & c) | (~b & d)) + 0x5a827999u;
	if (round < 40)
		return (b ^ c ^ d) + 0x6ed9eba1u;
	if (round < 60)
		return ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdcu;
	return (b ^ c ^ d) + 0xca62c1d6u;
}

/* Adds a block to the hash (RFC 3174 6.1). */
static void
add_block(uint32_t h[5], const uint8_t *block)
{
	uint32_t w[ROUNDS], a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];

	for (int i = 0; i < 16; i++, block += 4)
		w[i] = (uint32_t)block[0] << 24 | (uint32_t)block[1] << 16 |
		       (uint32_t)block[2] << 8 | block[3];
	for (int i = 16; i < ROUNDS; i++)
		w[i] = rotate_left(
			w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
	for (int i = 0; i < ROUNDS; i++) {
		uint32_t next = rotate_left(a, 5) + round_function(i, b, c, d) +
				e + w[i];

		e = d;
		d = c;
		c = rotate_left(b, 30);
		b = a;
		a = next;
	}
	h[0] += a;
	h[1] += b;
	h[2] += c;
	h[3] += d;
	h[4] += e;
}

void
sha1(uint8_t to[SHA1_LEN], const void *bytes, size_t len)
{
	uint32_t h[5] = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476,
		0xc3d2e1f0 };
	uint8_t last[2 * BLOCK] = { 0 };
	size_t whole = len / BLOCK * BLOCK, rest = len - whole;
	size_t end = rest < BLOCK - 8 ? BLOCK : 2 * BLOCK;

	assert(len <= SHA1_MOST);
	for (size_t at = 0; at < whole; at += BLOCK)
		add_block(h, (const uint8_t *)bytes + at);
	/* Padding: a 1 bit, zeros, and the length in bits (RFC 3174 4). */
	if (rest > 0)
		memcpy(last, (const uint8_t *)bytes + whole, rest);
	last[rest] = 0x80;
	for (int i = 0; i < 4; i++)
		last[end - 1 - (size_t)i] = (uint8_t)(len * 8 >> 8 * i);
	for (size_t at = 0; at < end; at += BLOCK)
		add_block(h, last + at);
	for (int i = 0; i < SHA1_LEN; i++)
		to[i] = (uint8_t)(h[i / 4] >> (24 - i % 4 * 8));
}
