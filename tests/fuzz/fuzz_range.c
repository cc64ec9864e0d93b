/*
 * The first byte is the width of the size, the rest a Range field: accepted
 * ranges lie inside the representation and do not touch.
 * SPDX-License-Identifier: MIT
 */
#include "http/range.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_pair(const struct range *a, const struct range *b)
{
	assert(a->last < b->first - 1 || b->last < a->first - 1);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct range_set set;
	int64_t whole;

	if (size == 0)
		return 0;
	whole = INT64_MAX >> (data[0] % 64);
	if (range_parse((struct span){ (const char *)data + 1, size - 1 },
		    whole, &set) != 206)
		return 0;
	assert(set.count >= 1 && set.count <= RANGE_MAX);
	for (int i = 0; i < set.count; i++) {
		assert(set.ranges[i].first >= 0);
		assert(set.ranges[i].first <= set.ranges[i].last);
		assert(set.ranges[i].last < whole);
		for (int k = 0; k < i; k++)
			check_pair(&set.ranges[k], &set.ranges[i]);
	}
	return 0;
}
