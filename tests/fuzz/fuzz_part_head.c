/*
 * Any bytes as the head of a part: results lie inside the input, and no file
 * name has a directory.
 * SPDX-License-Identifier: MIT
 */
#include "api/part_head.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_inside(const char *all, size_t size, struct span s)
{
	assert(s.len == 0 || (s.at >= all && s.at + s.len <= all + size));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *lines = malloc(size + 1);
	struct part_head head;

	assert(lines != NULL);
	memcpy(lines, data, size);
	if (part_head_parse(&head, lines, size) == NULL) {
		check_inside(lines, size, head.name);
		check_inside(lines, size, head.filename);
		check_inside(lines, size, head.type);
		assert(head.name.len <= PART_NAME_MOST);
		if (head.filename.at != NULL) {
			assert(memchr(head.filename.at, '/',
				       head.filename.len) == NULL);
			assert(!span_is(head.filename, SPAN("..")));
			assert(memchr(head.filename.at, '\n',
				       head.filename.len) == NULL);
		}
	}
	free(lines);
	return 0;
}
