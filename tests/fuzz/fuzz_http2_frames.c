/*
 * Frames of any bytes, walked at once and in two pieces: the verdict and the
 * place of it are the same.
 * SPDX-License-Identifier: MIT
 */
#include "http2/http2_frames.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum http2_stream_state
find_stream(void *data, uint32_t id)
{
	(void)data;
	(void)id;
	return HTTP2_STREAM_OPEN;
}

static void
start_walk(struct http2_frames *f)
{
	memset(f, 0, sizeof(*f));
	http2_frames_init(f, 70000, 100, 1000);
	f->find_stream = find_stream;
}

static void
check_walk(const struct http2_walk *walk, size_t len)
{
	assert(walk->whole <= len);
	assert((walk->error == HTTP2_NO_ERROR) == (walk->why == NULL));
	assert(walk->abuse == HTTP2_NO_ABUSE ||
		walk->error == HTTP2_ENHANCE_YOUR_CALM);
	assert(http2_abuse_name(walk->abuse) != NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *bytes = (const char *)data + 1;
	struct http2_frames f;
	struct http2_walk all, first, rest;
	size_t cut;

	if (size < 2)
		return 0;
	size--;
	cut = size * data[0] / 256;
	start_walk(&f);
	all = http2_frames_walk(&f, bytes, size, 1000);
	check_walk(&all, size);
	start_walk(&f);
	first = http2_frames_walk(&f, bytes, cut, 1000);
	check_walk(&first, cut);
	if (first.error != HTTP2_NO_ERROR) {
		assert(first.whole == all.whole && first.error == all.error);
		return 0;
	}
	rest = http2_frames_walk(
		&f, bytes + first.whole, size - first.whole, 1000);
	assert(first.whole + rest.whole == all.whole);
	assert(rest.error == all.error && rest.abuse == all.abuse);
	return 0;
}
