/*
 * Any bytes as a host: an accepted one lies inside the text and has only valid
 * characters.
 * SPDX-License-Identifier: MIT
 */
#include "http/host.h"

#include <assert.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = { (const char *)data, size };
	struct host h;

	if (host_parse(text, &h) != 0)
		return 0;
	assert(h.name.at == text.at && h.name.len > 0);
	assert(h.name.len + h.port.len <= size && h.port.len <= 5);
	for (size_t i = 0; i < size; i++)
		assert(data[i] > ' ' && data[i] < 0x7f && data[i] != '@');
	return 0;
}
