/*
 * Any bytes as a client's frames, whole and in pieces: the same messages, the
 * same end.  The first bytes say where it is cut, and the highest bit of the
 * first one whether messages may be compressed.
 * SPDX-License-Identifier: MIT
 */
#include "api/websocket.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CUTS = 8, MOST = 300, DEFLATE = 0x80 };

/* All events, as a number. */
struct outcome {
	uint64_t sum;
	unsigned events;
};

static void
add(struct outcome *o, const void *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		o->sum = (o->sum ^ ((const uint8_t *)bytes)[i]) * 0x100000001b3;
}

static void
check(const struct websocket_event *e)
{
	switch (e->what) {
	case WEBSOCKET_GOT_MESSAGE:
		assert(e->content.len <= MOST);
		assert(e->opcode == WEBSOCKET_BINARY ||
			utf8_is_valid(e->content.at, e->content.len));
		break;
	case WEBSOCKET_GOT_CONTROL:
		assert(e->content.len <= WEBSOCKET_CONTROL);
		if (e->opcode == WEBSOCKET_CLOSE)
			assert(e->code == WEBSOCKET_NO_CODE ||
				websocket_is_code(e->code));
		break;
	default:
		assert(e->code == 1002 || e->code == 1007 || e->code == 1009);
	}
}

static void
take(struct websocket_reader *r, struct outcome *o, const char *bytes,
	size_t len)
{
	struct websocket_event e;

	for (size_t at = 0, used; at < len; at += used) {
		used = websocket_read(
			r, (struct span){ bytes + at, len - at }, &e);
		assert(used > 0 && used <= len - at);
		if (e.what == WEBSOCKET_GOT_NOTHING)
			continue;
		check(&e);
		o->events++;
		add(o, &e.what, sizeof(e.what));
		add(o, &e.opcode, sizeof(e.opcode));
		add(o, &e.code, sizeof(e.code));
		add(o, e.content.at, e.content.len);
	}
}

/* cuts NULL: in one piece. */
static struct outcome
read_all(const uint8_t *cuts, bool is_deflated, const char *bytes, size_t len)
{
	struct outcome o = { 0 };
	struct websocket_reader r;
	size_t at = 0, n;

	websocket_reader_init(&r, MOST);
	r.takes_deflate = is_deflated;
	for (unsigned i = 0; at < len; i++, at += n) {
		n = cuts == NULL ? len : 1 + cuts[i % CUTS] % 32u;
		if (n > len - at)
			n = len - at;
		char *piece = malloc(n);
		assert(piece != NULL);
		memcpy(piece, bytes + at, n);
		take(&r, &o, piece, n);
		free(piece);
	}
	websocket_reader_fini(&r);
	return o;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t single[CUTS];
	const char *bytes = (const char *)data + CUTS;
	struct outcome whole, pieces, octets;
	bool is_deflated;

	if (size < CUTS)
		return 0;
	is_deflated = (data[0] & DEFLATE) != 0;
	whole = read_all(NULL, is_deflated, bytes, size - CUTS);
	pieces = read_all(data, is_deflated, bytes, size - CUTS);
	octets = read_all(single, is_deflated, bytes, size - CUTS);
	assert(pieces.events == whole.events && pieces.sum == whole.sum);
	assert(octets.events == whole.events && octets.sum == whole.sum);
	return 0;
}
