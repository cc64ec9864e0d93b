/*
 * What the library itself refuses is left to it: frame sizes by type, the
 * order of frames of a field block, fields.  RFC 9113 10.5 names the floods;
 * each has a bucket that a well-behaved client does not empty.
 * SPDX-License-Identifier: MIT
 */
#include "http2/http2_frames.h"

#include <assert.h>
#include <string.h>

enum {
	CONTROL_TOKENS = 1000, /* frames at once */
	CONTROL_PER_SECOND = 100,
	WINDOW_TOKENS = 1000,
	WINDOW_PER_SECOND = 100,
	WINDOW_PER_DATA = 10, /* for each DATA frame sent */
	EMPTY_MAX = 10,       /* DATA frames of 0 bytes in a row */
	CONTINUATIONS_MAX = 8,
	SEEN = 64, /* identifiers that are remembered */
};

enum {
	FLAG_END_STREAM = 0x1,
	FLAG_END_HEADERS = 0x4,
};

struct frame {
	size_t len; /* of the payload */
	unsigned type, flags;
	uint32_t id;
};

/* ---- buckets ------------------------------------------------------------- */

static struct http2_bucket
make_bucket(int32_t size, int32_t per_second, int64_t now_ms)
{
	return (struct http2_bucket){ size, size, per_second, now_ms };
}

static void
fill_bucket(struct http2_bucket *b, int64_t now_ms)
{
	int64_t elapsed = now_ms - b->filled_ms;
	int64_t tokens = elapsed * b->per_second / 1000;

	if (tokens <= 0)
		return;
	if (b->tokens + tokens >= b->size)
		b->tokens = b->size;
	else
		b->tokens += (int32_t)tokens;
	b->filled_ms = now_ms;
}

static bool
take_token(struct http2_bucket *b, int64_t now_ms)
{
	fill_bucket(b, now_ms);
	if (b->tokens == 0)
		return false;
	b->tokens--;
	return true;
}

/* ---- one frame ----------------------------------------------------------- */

static struct frame
read_head(const char *bytes)
{
	const unsigned char *p = (const unsigned char *)bytes;

	return (struct frame){
		.len = (size_t)p[0] << 16 | (size_t)p[1] << 8 | p[2],
		.type = p[3],
		.flags = p[4],
		.id = (uint32_t)(p[5] & 0x7f) << 24 | (uint32_t)p[6] << 16 |
		      (uint32_t)p[7] << 8 | p[8],
	};
}

static struct http2_walk
refuse_frame(enum http2_error error, const char *why)
{
	return (struct http2_walk){ .error = error, .why = why };
}

static struct http2_walk
refuse_flood(enum http2_abuse abuse, const char *why)
{
	return (struct http2_walk){
		.error = HTTP2_ENHANCE_YOUR_CALM,
		.abuse = abuse,
		.why = why,
	};
}

static const struct http2_walk accepted;

/* True when the client has opened this stream, as far as it is remembered. */
static bool
was_opened(const struct http2_frames *f, uint32_t id)
{
	uint32_t back = (f->highest_id - id) / 2;

	return back >= SEEN || (f->seen >> back & 1) != 0;
}

static void
note_opened(struct http2_frames *f, uint32_t id)
{
	uint32_t ahead = (id - f->highest_id) / 2;

	f->seen = ahead >= SEEN ? 0 : f->seen << ahead;
	f->seen |= 1;
	f->highest_id = id;
}

/* A frame that belongs to an open stream, DATA or HEADERS (RFC 9113 5.1). */
static struct http2_walk
check_stream(struct http2_frames *f, const struct frame *frame)
{
	if (frame->id == 0 || frame->id % 2 == 0 || frame->id > f->highest_id)
		return accepted; /* the library refuses what is wrong of it */
	if (!was_opened(f, frame->id))
		return refuse_frame(HTTP2_PROTOCOL_ERROR,
			"a stream identifier below an earlier one");
	if (frame->id <= f->settled_id &&
		f->find_stream(f->data, frame->id) == HTTP2_STREAM_ENDED)
		return refuse_frame(
			HTTP2_STREAM_CLOSED, "a frame for a closed stream");
	return accepted;
}

static struct http2_walk
check_data(struct http2_frames *f, const struct frame *frame)
{
	bool is_empty = frame->len == 0 && !(frame->flags & FLAG_END_STREAM);

	f->nempty = is_empty ? f->nempty + 1 : 0;
	if (f->nempty > EMPTY_MAX)
		return refuse_flood(
			HTTP2_EMPTY_FRAMES, "too many empty DATA frames");
	return check_stream(f, frame);
}

/* A block that goes on: how much of it there is. */
static struct http2_walk
count_block(struct http2_frames *f, const struct frame *frame)
{
	f->block += (uint32_t)frame->len;
	if (f->block > f->block_max)
		return refuse_flood(HTTP2_CONTINUATION_FLOOD,
			"a field block that is too large");
	f->continued_id = frame->flags & FLAG_END_HEADERS ? 0 : frame->id;
	return accepted;
}

static struct http2_walk
check_headers(struct http2_frames *f, const struct frame *frame)
{
	struct http2_walk walk = check_stream(f, frame);

	if (walk.error != HTTP2_NO_ERROR)
		return walk;
	if (frame->id % 2 == 1 && frame->id > f->highest_id)
		note_opened(f, frame->id);
	f->block = 0;
	f->ncontinuations = 0;
	return count_block(f, frame);
}

static struct http2_walk
check_continuation(struct http2_frames *f, const struct frame *frame)
{
	if (f->continued_id == 0)
		return refuse_frame(HTTP2_PROTOCOL_ERROR,
			"CONTINUATION without an open field block");
	if (++f->ncontinuations > CONTINUATIONS_MAX)
		return refuse_flood(HTTP2_CONTINUATION_FLOOD,
			"too many CONTINUATION frames");
	return count_block(f, frame);
}

/* All of them take from one bucket; the flood is named after the frame that
 * found it empty. */
static struct http2_walk
check_control(struct http2_frames *f, unsigned type, int64_t now_ms)
{
	if (take_token(&f->control, now_ms))
		return accepted;
	switch (type) {
	case HTTP2_PING:
		return refuse_flood(HTTP2_PING_FLOOD, "too many PING frames");
	case HTTP2_SETTINGS:
		return refuse_flood(
			HTTP2_SETTINGS_FLOOD, "too many SETTINGS frames");
	case HTTP2_PRIORITY:
	case HTTP2_PRIORITY_UPDATE:
		return refuse_flood(
			HTTP2_PRIORITY_FLOOD, "too many PRIORITY frames");
	case HTTP2_RST_STREAM:
		return refuse_flood(
			HTTP2_RAPID_RESET, "too many RST_STREAM frames");
	default:
		return refuse_flood(HTTP2_UNKNOWN_FLOOD,
			"too many frames of types without use");
	}
}

static struct http2_walk
check_priority(
	struct http2_frames *f, const struct frame *frame, int64_t now_ms)
{
	if (frame->id == 0)
		return refuse_frame(
			HTTP2_PROTOCOL_ERROR, "PRIORITY on stream 0");
	return check_control(f, frame->type, now_ms);
}

static struct http2_walk
check_window_update(struct http2_frames *f, int64_t now_ms)
{
	if (take_token(&f->windows, now_ms))
		return accepted;
	return refuse_flood(
		HTTP2_WINDOW_FLOOD, "too many WINDOW_UPDATE frames");
}

static struct http2_walk
check_frame(struct http2_frames *f, const struct frame *frame, int64_t now_ms)
{
	if (frame->len > HTTP2_FRAME_MAX)
		return refuse_frame(
			HTTP2_FRAME_SIZE_ERROR, "a frame over 16384 bytes");
	if (f->continued_id != 0 && (frame->type != HTTP2_CONTINUATION ||
					    frame->id != f->continued_id))
		return refuse_frame(HTTP2_PROTOCOL_ERROR,
			"a frame inside the field block of another");
	switch (frame->type) {
	case HTTP2_DATA:
		return check_data(f, frame);
	case HTTP2_HEADERS:
		return check_headers(f, frame);
	case HTTP2_CONTINUATION:
		return check_continuation(f, frame);
	case HTTP2_PRIORITY:
		return check_priority(f, frame, now_ms);
	case HTTP2_WINDOW_UPDATE:
		return check_window_update(f, now_ms);
	default:
		return check_control(f, frame->type, now_ms);
	}
}

/* ---- a run of input ------------------------------------------------------ */

void
http2_frames_init(struct http2_frames *f, uint32_t block_max, int32_t resets,
	int64_t now_ms)
{
	memset(f, 0, sizeof(*f));
	f->block_max = block_max;
	f->control = make_bucket(CONTROL_TOKENS, CONTROL_PER_SECOND, now_ms);
	f->windows = make_bucket(WINDOW_TOKENS, WINDOW_PER_SECOND, now_ms);
	f->resets = make_bucket(resets, (resets + 9) / 10, now_ms);
}

struct http2_walk
http2_frames_walk(
	struct http2_frames *f, const char *bytes, size_t len, int64_t now_ms)
{
	struct http2_walk walk = accepted;
	size_t whole = 0;

	f->settled_id = f->highest_id;
	while (len - whole >= HTTP2_FRAME_HEAD) {
		struct frame frame = read_head(bytes + whole);

		if (frame.len <= HTTP2_FRAME_MAX &&
			len - whole - HTTP2_FRAME_HEAD < frame.len)
			break;
		walk = check_frame(f, &frame, now_ms);
		if (walk.error != HTTP2_NO_ERROR)
			break;
		whole += HTTP2_FRAME_HEAD + frame.len;
	}
	walk.whole = whole;
	return walk;
}

void
http2_frames_sent_data(struct http2_frames *f)
{
	if (f->windows.tokens < f->windows.size)
		f->windows.tokens += WINDOW_PER_DATA;
}

bool
http2_frames_take_reset(struct http2_frames *f, int64_t now_ms)
{
	return take_token(&f->resets, now_ms);
}

void
http2_frames_resume(struct http2_frames *f, uint32_t highest_id)
{
	f->highest_id = highest_id;
	f->seen = UINT64_MAX;
	f->continued_id = 0;
	f->block = f->ncontinuations = f->nempty = 0;
}

bool
http2_frames_peek(const char *bytes, size_t len, struct http2_frame_head *head)
{
	struct frame frame;

	if (len < HTTP2_FRAME_HEAD)
		return false;
	frame = read_head(bytes);
	if (frame.len > HTTP2_FRAME_MAX)
		frame.len = HTTP2_FRAME_MAX;
	*head = (struct http2_frame_head){
		.size = HTTP2_FRAME_HEAD + frame.len,
		.type = (enum http2_type)frame.type,
		.flags = frame.flags,
		.id = frame.id,
	};
	return len >= head->size;
}
