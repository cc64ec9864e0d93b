/*
 * Any bytes as a path: the result stays below the root, is normalised, and is
 * unchanged when it is encoded and decoded again.
 * SPDX-License-Identifier: MIT
 */
#include "http/target.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { DEPTH = 12 };

static void
check_path(struct span path)
{
	size_t segments = 0;

	assert(path.len > 0 && path.at[0] == '/');
	for (size_t i = 0; i < path.len; i++) {
		const char *p = path.at + i;
		size_t left = path.len - i;

		if (*p != '/')
			continue;
		segments += left > 1;
		/* "//", "/." and "/..", in the middle or at the end. */
		assert(left < 2 || p[1] != '/');
		assert(left < 2 || p[1] != '.' || (left > 2 && p[2] != '/'));
		assert(left < 3 || p[1] != '.' || p[2] != '.' ||
			(left > 3 && p[3] != '/'));
	}
	assert(segments <= DEPTH);
}

static struct span
encode(struct span path, char *to)
{
	static const char digits[] = "0123456789abcdef";
	size_t len = 0;

	for (size_t i = 0; i < path.len; i++) {
		unsigned char c = (unsigned char)path.at[i];

		if (c == '/') {
			to[len++] = '/';
			continue;
		}
		if (c == PATH_SLASH)
			c = '/';
		to[len++] = '%';
		to[len++] = digits[c >> 4];
		to[len++] = digits[c & 15];
	}
	return (struct span){ to, len };
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *raw = malloc(size + 1), *again = malloc(3 * size + 3);
	struct span path, encoded, fixed;
	struct arena a;
	int status;

	assert(raw != NULL && again != NULL);
	raw[0] = '/';
	if (size > 0)
		memcpy(raw + 1, data, size);
	/* target_check() lets no such byte through. */
	for (size_t i = 0; i < size; i++)
		if (raw[i + 1] == '\0')
			raw[i + 1] = '/';
	arena_init(&a, 4096, 0);
	status = path_decode((struct span){ raw, size + 1 }, DEPTH, &a, &path);
	assert(status == 0 || status == 400 || status == 414);
	if (status == 0) {
		check_path(path);
		encoded = encode(path, again);
		status = path_decode(encoded, DEPTH, &a, &fixed);
		assert(status == 0 && span_is(fixed, path));
	}
	arena_fini(&a);
	free(raw);
	free(again);
	return 0;
}
