/*
 * Most answers fit on the stack, and are copied from there at their size.
 * SPDX-License-Identifier: MIT
 */
#include "json_text.h"

#include <assert.h>
#include <stdlib.h>

#include "exchange.h"

enum { SMALL = 4096, FLAGS = JSON_COMPACT | JSON_ENCODE_ANY };

struct span
json_text(struct exchange *x, const json_t *json)
{
	char small[SMALL], *large;
	size_t len = json_dumpb(json, small, sizeof(small), FLAGS);
	struct span text = { NULL, len };

	if (len == 0)
		return text;
	if (len <= sizeof(small)) {
		text.at = exchange_copy(x, small, len);
		return text;
	}
	large = malloc(len);
	assert(large != NULL);
	if (json_dumpb(json, large, len, FLAGS) == len)
		text.at = exchange_copy(x, large, len);
	free(large);
	return text;
}
