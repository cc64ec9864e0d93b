/*
 * Input of a connection on its way to the library: it is cut at frames and
 * counted, and field blocks that come again are taken out.
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "conn/conn.h"
#include "conn/worker_state.h"
#include "http2/http2.h"

/* HEADERS that come again; of those that are known the library is told without
 * their fields. */
static bool
read_repeated(struct http2 *h, enum http2_repeat_kind kind, const char *frame,
	size_t size)
{
	char empty[HTTP2_FRAME_HEAD];
	bool is_read;

	h->repeating = kind;
	if (kind == HTTP2_REPEAT_KNOWN) {
		memcpy(empty, frame, sizeof(empty));
		memset(empty, 0, HTTP2_FRAME_LENGTH);
		frame = empty;
		size = sizeof(empty);
	}
	is_read = http2_session_read(h, frame, size);
	h->repeating = HTTP2_REPEAT_OTHER;
	return is_read;
}

static bool
read_whole(struct http2 *h, const char *bytes, size_t len)
{
	struct http2_frame_head head;
	enum http2_repeat_kind kind;
	size_t at = 0, done = 0;

	for (; http2_frames_peek(bytes + at, len - at, &head);
		at += head.size) {
		kind = http2_repeat_find(&h->repeat, &head, bytes + at);
		if (kind == HTTP2_REPEAT_OTHER)
			continue;
		if ((done < at &&
			    !http2_session_read(h, bytes + done, at - done)) ||
			!read_repeated(h, kind, bytes + at, head.size))
			return false;
		done = at + head.size;
	}
	return done == len || http2_session_read(h, bytes + done, len - done);
}

size_t
http2_read_frames(struct http2 *h, const char *bytes, size_t len)
{
	struct http2_walk walk;

	if (h->error != HTTP2_NO_ERROR)
		return len;
	walk = http2_frames_walk(
		&h->frames, bytes, len, h->conn->worker->now_ms);
	if (walk.whole > 0 && !read_whole(h, bytes, walk.whole))
		return len;
	if (walk.error == HTTP2_NO_ERROR)
		return walk.whole;
	http2_break(h, walk.error, walk.abuse, walk.why);
	return len;
}
