/*
 * The first byte is the length of a name, the rest a name and a Cookie field:
 * a value lies inside, without a ';'.
 * SPDX-License-Identifier: MIT
 */
#include "http/cookie.h"

#include <assert.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span name, field, value;

	if (size == 0 || data[0] >= size)
		return 0;
	name = (struct span){ (const char *)data + 1, data[0] };
	field = (struct span){ name.at + name.len, size - 1 - name.len };
	value = cookie_find(field, name);
	if (value.at == NULL)
		return 0;
	assert(value.at >= field.at &&
		value.at + value.len <= field.at + field.len);
	assert(memchr(value.at, ';', value.len) == NULL);
	return 0;
}
