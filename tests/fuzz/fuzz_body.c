/*
 * Any bytes as a body, whole and in pieces: the same content, the same end,
 * the same verdict.  The first bytes say where it is cut.
 * SPDX-License-Identifier: MIT
 */
#include "http/body.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CUTS = 8 }; /* bytes of the input that say how long pieces are */

struct outcome {
	int status;
	size_t used, content_len;
	bool is_done;
	char *content;
};

static void
take(struct body *b, struct outcome *o, const char *bytes, size_t len)
{
	size_t at = 0, used;
	struct span content;

	while (at < len && !body_is_done(b) && o->status == 0) {
		content = (struct span){ NULL, 0 };
		o->status = body_take(b, bytes + at, len - at, &used, &content);
		if (o->status != 0)
			return;
		assert(used > 0 && used <= len - at);
		if (content.len > 0) {
			assert(content.at >= bytes + at &&
				content.at + content.len <= bytes + at + used);
			memcpy(o->content + o->content_len, content.at,
				content.len);
			o->content_len += content.len;
		}
		at += used;
		o->used += used;
	}
	o->is_done = body_is_done(b);
}

/* cuts NULL: in one piece. */
static struct outcome
decode(const uint8_t *cuts, const char *bytes, size_t len)
{
	struct outcome o = { .content = malloc(len + 1) };
	struct body b;
	size_t at = 0, n;

	assert(o.content != NULL);
	if (len > 0 && bytes[0] == 'L')
		body_start_length(&b, (unsigned char)bytes[len - 1]);
	else
		body_start_chunked(&b);
	for (unsigned i = 0; at < len && o.status == 0; i++, at += n) {
		n = cuts == NULL ? len : 1 + cuts[i % CUTS] % 32u;
		if (n > len - at)
			n = len - at;
		char *piece = malloc(n);
		assert(piece != NULL);
		memcpy(piece, bytes + at, n);
		take(&b, &o, piece, n);
		free(piece);
	}
	if (o.status == 0)
		assert(b.received == o.content_len);
	return o;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t single[CUTS];
	const char *bytes = (const char *)data + CUTS;
	struct outcome whole, pieces, octets;

	if (size < CUTS)
		return 0;
	size -= CUTS;
	whole = decode(NULL, bytes, size);
	pieces = decode(data, bytes, size);
	octets = decode(single, bytes, size);
	assert(whole.status == 0 || whole.status == 400 || whole.status == 431);
	assert(pieces.status == whole.status && octets.status == whole.status);
	if (whole.status == 0) {
		assert(pieces.is_done == whole.is_done);
		assert(octets.is_done == whole.is_done);
		assert(pieces.used == whole.used && octets.used == whole.used);
		assert(pieces.content_len == whole.content_len);
		assert(octets.content_len == whole.content_len);
	}
	assert(memcmp(pieces.content, whole.content, whole.content_len) == 0);
	assert(memcmp(octets.content, whole.content, whole.content_len) == 0);
	free(whole.content);
	free(pieces.content);
	free(octets.content);
	return 0;
}
