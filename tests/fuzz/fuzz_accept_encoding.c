/*
 * Any bytes as Accept-Encoding: weights stay within their bounds, and the
 * chosen coding is available.
 * SPDX-License-Identifier: MIT
 */
#include "http/accept_encoding.h"

#include <assert.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct codings c;
	enum coding best;

	accept_encoding_parse((struct span){ (const char *)data, size }, &c);
	for (int i = 0; i < CODING_COUNT; i++)
		assert(c.q[i] >= 0 && c.q[i] <= 1000);
	for (unsigned mask = 0; mask < 1u << CODING_COUNT; mask++) {
		best = accept_encoding_choose(&c, mask);
		assert(best == CODING_IDENTITY || (mask & 1u << best) != 0);
		assert(best == CODING_IDENTITY || c.q[best] > 0);
	}
	return 0;
}
