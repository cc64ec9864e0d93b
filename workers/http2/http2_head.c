/*
 * The heads of responses.  The library says when a HEADERS frame leaves, and
 * the frame is written here: its own encoder looks at each field anew, while
 * most fields of a file are those of the response before.
 * SPDX-License-Identifier: MIT
 */
#include <assert.h>
#include <string.h>

#include "conn/conn.h"
#include "conn/exchange.h"
#include "conn/worker_state.h"
#include "file/output.h"
#include "http/date.h"
#include "http2/http2.h"

enum {
	FLAGS_AT = 4, /* in the head of a frame (RFC 9113 4.1) */
	FLAG_END_HEADERS = 0x4,
};

void
http2_add_interim(struct http2_stream *s, struct http2_fields fields)
{
	struct http2_interim **link = &s->interims;
	struct http2_interim *i = arena_alloc(&s->exchange->arena, sizeof(*i));

	assert(i != NULL);
	*i = (struct http2_interim){ .fields = fields };
	while (*link != NULL)
		link = &(*link)->next;
	*link = i;
}

static const struct http2_fields *
take_fields(struct http2_stream *s)
{
	struct http2_interim *i = s->interims;

	if (i == NULL)
		return &s->head;
	s->interims = i->next;
	return &i->fields;
}

/* ---- a field block ------------------------------------------------------- */

static struct field_row
make_date(const struct http2_stream *s)
{
	struct span date = { s->http2->conn->worker->date, DATE_LEN };

	return field_row_make(SPAN("date"), date);
}

/* The bytes of the block at most. */
static size_t
bound_block(const struct http2_fields *fields)
{
	const struct field_rows *of_file = fields->of_file;
	size_t size = HPACK_BEGIN + HPACK_STATUS + HPACK_ROW + sizeof("date") +
		      DATE_LEN + fields->count * HPACK_ROW;

	for (size_t i = 0; i < fields->count; i++)
		size += fields->all[i].name.len + fields->all[i].value.len;
	if (of_file != NULL)
		size += of_file->count * HPACK_ROW + of_file->len;
	return size;
}

static char *
put_rows(
	struct hpack_encoder *e, struct field_row *rows, size_t count, char *to)
{
	for (size_t i = 0; i < count; i++)
		to = hpack_put_row(e, &rows[i], to);
	return to;
}

static char *
put_block(struct http2_stream *s, const struct http2_fields *fields, char *to)
{
	struct hpack_encoder *e = &s->http2->hpack;
	struct field_rows *of_file = fields->of_file;
	struct field_row date;

	to = hpack_put_status(hpack_begin(e, to), fields->status);
	if (fields->has_date) {
		date = make_date(s);
		to = hpack_put_row(e, &date, to);
	}
	to = put_rows(e, fields->all, fields->count, to);
	return of_file == NULL ? to
			       : put_rows(e, of_file->all, of_file->count, to);
}

/* ---- frames -------------------------------------------------------------- */

/* The stream's identifier is there. */
static void
set_frame_head(char *frame, size_t len, enum http2_type type, unsigned flags)
{
	frame[0] = (char)(len >> 16);
	frame[1] = (char)(len >> 8);
	frame[2] = (char)len;
	frame[3] = (char)type;
	frame[FLAGS_AT] = (char)flags;
}

/* A block that is too long for one frame goes on in others (RFC 9113 6.10);
 * it ends at end, and there is room for their heads behind it.  Returns their
 * end. */
static char *
split_block(char *frame, char *end)
{
	char *block = frame + HTTP2_FRAME_HEAD;
	size_t more = ((size_t)(end - block) - 1) / HTTP2_FRAME_MAX;
	size_t last = (size_t)(end - block) - more * HTTP2_FRAME_MAX;
	unsigned flags = (unsigned char)frame[FLAGS_AT];

	end += more * HTTP2_FRAME_HEAD;
	for (size_t i = more; i > 0; i--) {
		size_t len = i == more ? last : HTTP2_FRAME_MAX;
		char *from = block + i * HTTP2_FRAME_MAX;
		char *to = from + i * HTTP2_FRAME_HEAD;

		memmove(to, from, len);
		memcpy(to - HTTP2_FRAME_HEAD, frame, HTTP2_FRAME_HEAD);
		set_frame_head(to - HTTP2_FRAME_HEAD, len, HTTP2_CONTINUATION,
			i == more ? FLAG_END_HEADERS : 0);
	}
	set_frame_head(frame, HTTP2_FRAME_MAX, HTTP2_HEADERS,
		flags & ~(unsigned)FLAG_END_HEADERS);
	return end;
}

void
http2_write_head(struct http2_stream *s, const unsigned char *frame)
{
	struct http2 *h = s->http2;
	const struct http2_fields *fields = take_fields(s);
	size_t bound = bound_block(fields);
	char *to = arena_alloc(&h->memory,
		bound + (bound / HTTP2_FRAME_MAX + 1) * HTTP2_FRAME_HEAD);
	char *end;

	assert(to != NULL);
	memcpy(to, frame, HTTP2_FRAME_HEAD);
	end = put_block(s, fields, to + HTTP2_FRAME_HEAD);
	if (end - to - HTTP2_FRAME_HEAD > HTTP2_FRAME_MAX)
		end = split_block(to, end);
	else
		set_frame_head(to, (size_t)(end - to - HTTP2_FRAME_HEAD),
			HTTP2_HEADERS, frame[FLAGS_AT]);
	arena_trim(&h->memory, end);
	output_add(h->conn->output, to, (size_t)(end - to), NULL);
}

void
http2_write_frame(struct http2 *h, const unsigned char *bytes, size_t len)
{
	char *copy = arena_alloc(&h->memory, len);

	assert(copy != NULL);
	memcpy(copy, bytes, len);
	output_add(h->conn->output, copy, len, NULL);
}
