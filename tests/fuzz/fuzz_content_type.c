/*
 * Any bytes as Content-Type: results lie inside the input, and a boundary can
 * be used as one.
 * SPDX-License-Identifier: MIT
 */
#include "http/content_type.h"

#include <assert.h>
#include <stdint.h>

#include "api/multipart.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_inside(struct span all, struct span s)
{
	assert(s.len == 0 ||
		(s.at >= all.at && s.at + s.len <= all.at + all.len));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span all = { (const char *)data, size };
	struct content_type t;

	if (!content_type_parse(all, &t))
		return 0;
	assert(t.type.len >= 3 && t.type.at == all.at);
	assert(t.boundary.len <= MULTIPART_BOUNDARY);
	assert(memchr(t.boundary.at, '\r', t.boundary.len) == NULL);
	check_inside(all, t.type);
	check_inside(all, t.charset);
	check_inside(all, t.boundary);
	return 0;
}
