/*
 * A PROXY header of any bytes: what is whole stays whole with more behind it,
 * and its beginning is never refused.
 * SPDX-License-Identifier: MIT
 */
#include "conn/proxy_protocol.h"

#include <assert.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_whole(const struct proxy_header *h, const char *bytes, size_t size)
{
	struct proxy_header again;

	assert(h->len > 0 && h->len <= size && h->len <= PROXY_HEADER_MAX);
	assert(h->is_local || h->client.any.sa_family == AF_INET ||
		h->client.any.sa_family == AF_INET6);
	assert(h->is_local ||
		h->client.any.sa_family == h->server.any.sa_family);
	assert(proxy_protocol_parse(&again, bytes, h->len) == PROXY_WHOLE);
	assert(again.len == h->len);
	assert(proxy_protocol_parse(&again, bytes, h->len - 1) ==
		PROXY_PARTIAL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *bytes = (const char *)data;
	struct proxy_header h;

	switch (proxy_protocol_parse(&h, bytes, size)) {
	case PROXY_WHOLE:
		check_whole(&h, bytes, size);
		break;
	case PROXY_INVALID:
		assert(h.why != NULL);
		break;
	case PROXY_PARTIAL:
	case PROXY_ABSENT:
		break;
	}
	return 0;
}
