/*
 * Equal bytes mean the same as long as the table of the decoder is the same:
 * what is kept is dropped by the first block that may change it.
 * SPDX-License-Identifier: MIT
 */
#include "http2/http2_repeat.h"

#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/mem.h"
#include "http/hash.h"
#include "http/request_copy.h"
#include "http2/http2_priority.h"

enum {
	BLOCK_MAX = 512, /* bytes of the longest block that is kept */
	HEAD_MAX = 2048, /* and of its head, which may be far longer */
	HEAD_FIRST = 512,
	PLAIN = 0x5, /* END_STREAM and END_HEADERS */
	FLAG_PADDED = 0x8,
	FLAG_PRIORITY = 0x20,
	PRIORITY_LEN = 5,
};

/* The first byte of a representation (RFC 7541 6). */
enum {
	INDEXED = 0x80,
	INDEXED_BITS = 7,
	CHANGES_TABLE = 0x60, /* a field that is added, or a size */
	LITERAL_BITS = 4,
	STRING_BITS = 7,
};

struct http2_repeat_kept {
	size_t len; /* of block; 0: nothing is kept */
	char block[BLOCK_MAX];
	struct arena memory; /* of the request's head */
	struct http2_priority priority;
	struct request request;
};

/* ---- blocks -------------------------------------------------------------- */

/* RFC 7541 5.1; false: it is not whole, or has more than three bytes. */
static bool
skip_number(struct span *s, unsigned bits, size_t *n)
{
	size_t most = (1U << bits) - 1;

	if (s->len == 0)
		return false;
	*n = (unsigned char)*s->at++ & most;
	s->len--;
	if (*n < most)
		return true;
	for (unsigned shift = 0; shift <= 7 && s->len > 0; shift += 7) {
		unsigned char c = (unsigned char)*s->at++;

		s->len--;
		*n += (size_t)(c & 0x7f) << shift;
		if (c < 0x80)
			return true;
	}
	return false;
}

/* RFC 7541 5.2. */
static bool
skip_string(struct span *s)
{
	size_t n;

	if (!skip_number(s, STRING_BITS, &n) || n > s->len)
		return false;
	s->at += n;
	s->len -= n;
	return true;
}

/* False: it may change the table of the decoder. */
static bool
skip_field(struct span *s)
{
	unsigned char first = (unsigned char)*s->at;
	size_t index;

	if (first & INDEXED)
		return skip_number(s, INDEXED_BITS, &index);
	if (first & CHANGES_TABLE)
		return false;
	return skip_number(s, LITERAL_BITS, &index) &&
	       (index != 0 || skip_string(s)) && skip_string(s);
}

static bool
leaves_table(struct span block, unsigned flags)
{
	if (flags & FLAG_PADDED)
		return false;
	if (flags & FLAG_PRIORITY) {
		if (block.len < PRIORITY_LEN)
			return false;
		block.at += PRIORITY_LEN;
		block.len -= PRIORITY_LEN;
	}
	while (block.len > 0)
		if (!skip_field(&block))
			return false;
	return true;
}

/* ---- what is kept -------------------------------------------------------- */

static void
drop_block(struct http2_repeat *r)
{
	r->last = 0;
	if (r->kept != NULL)
		r->kept->len = 0;
}

static bool
is_kept(const struct http2_repeat *r, struct span block)
{
	return r->kept != NULL && block.len > 0 &&
	       span_is(block, (struct span){ r->kept->block, r->kept->len });
}

enum http2_repeat_kind
http2_repeat_find(struct http2_repeat *r, const struct http2_frame_head *head,
	const char *frame)
{
	struct span block = { frame + HTTP2_FRAME_HEAD,
		head->size - HTTP2_FRAME_HEAD };
	bool is_request = head->id > r->highest_id && head->flags == PLAIN;
	uint64_t hash;

	if (head->type == HTTP2_CONTINUATION)
		drop_block(r);
	if (head->type != HTTP2_HEADERS)
		return HTTP2_REPEAT_OTHER;
	if (head->id > r->highest_id)
		r->highest_id = head->id;
	if (is_request && is_kept(r, block))
		return HTTP2_REPEAT_KNOWN;
	if (!leaves_table(block, head->flags)) {
		drop_block(r);
		return HTTP2_REPEAT_OTHER;
	}
	if (!is_request || block.len > BLOCK_MAX)
		return HTTP2_REPEAT_OTHER;
	hash = hash_bytes(block.at, block.len, 0);
	if (hash == r->last) {
		r->block = block;
		return HTTP2_REPEAT_SECOND;
	}
	r->last = hash;
	return HTTP2_REPEAT_OTHER;
}

void
http2_repeat_keep(struct http2_repeat *r, const struct request *request,
	const struct http2_priority *priority)
{
	struct http2_repeat_kept *k = r->kept;

	if (request->head_len > HEAD_MAX || !request_may_be_kept(request) ||
		!request_has_path_in_head(request))
		return;
	if (k == NULL) {
		k = r->kept = mem_alloc(sizeof(*k));
		arena_init(&k->memory, HEAD_FIRST, 0);
	}
	arena_reset(&k->memory);
	k->len = r->block.len;
	memcpy(k->block, r->block.at, r->block.len);
	request_copy(&k->request, request);
	request_keep(&k->request, &k->memory);
	k->priority = *priority;
}

const struct http2_priority *
http2_repeat_take(
	const struct http2_repeat *r, struct request *request, struct arena *a)
{
	request_copy(request, &r->kept->request);
	request_keep(request, a);
	return &r->kept->priority;
}

void
http2_repeat_fini(struct http2_repeat *r)
{
	if (r->kept != NULL)
		arena_fini(&r->kept->memory);
	free(r->kept);
	r->kept = NULL;
}
