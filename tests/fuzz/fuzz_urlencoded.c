/*
 * Any bytes as a form: results lie inside the input, decoding never lengthens a
 * text, and a decoded name is found again.
 * SPDX-License-Identifier: MIT
 */
#include "api/urlencoded.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_pair(struct span text, struct span name, struct span value)
{
	char *key = malloc(name.len + 1);
	size_t len = urlencoded_decode(name, key);

	assert(len <= name.len);
	assert(memchr(key, '\0', len) == NULL ||
		memchr(name.at, '\0', name.len) != NULL);
	assert(urlencoded_is(name, (struct span){ key, len }));
	assert(urlencoded_find(text, (struct span){ key, len }, 0).at != NULL);
	assert(value.at >= text.at &&
		value.at + value.len <= text.at + text.len);
	free(key);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = { (const char *)data, size }, rest = text;
	struct span name, value;

	while (urlencoded_next(&rest, &name, &value))
		check_pair(text, name, value);
	return 0;
}
