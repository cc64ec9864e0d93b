/*
 * Looks at the head of every HTTP/2 frame before the library does: it cuts the
 * input at frame boundaries, and it counts and refuses what the library lets
 * pass (floods, stream identifiers that go back, frames for closed streams).
 * It knows no library and allocates nothing.
 * SPDX-License-Identifier: MIT
 */
#ifndef HTTP2_FRAMES_H
#define HTTP2_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/protocol_counters.h"

enum { HTTP2_FLAG_ACK = 0x1 }; /* of SETTINGS and PING */

enum {
	HTTP2_FRAME_HEAD = 9,    /* bytes before the payload (RFC 9113 4.1) */
	HTTP2_FRAME_LENGTH = 3,  /* of which tell its length */
	HTTP2_FRAME_MAX = 16384, /* payload bytes that we accept: the default */
};

/* Frame types (RFC 9113 6). */
enum http2_type {
	HTTP2_DATA,
	HTTP2_HEADERS,
	HTTP2_PRIORITY,
	HTTP2_RST_STREAM,
	HTTP2_SETTINGS,
	HTTP2_PUSH_PROMISE,
	HTTP2_PING,
	HTTP2_GOAWAY,
	HTTP2_WINDOW_UPDATE,
	HTTP2_CONTINUATION,
	HTTP2_PRIORITY_UPDATE = 16, /* RFC 9218 7.1 */
};

/* Error codes (RFC 9113 7). */
enum http2_error {
	HTTP2_NO_ERROR,
	HTTP2_PROTOCOL_ERROR,
	HTTP2_INTERNAL_ERROR,
	HTTP2_FLOW_CONTROL_ERROR,
	HTTP2_SETTINGS_TIMEOUT,
	HTTP2_STREAM_CLOSED,
	HTTP2_FRAME_SIZE_ERROR,
	HTTP2_REFUSED_STREAM,
	HTTP2_CANCEL,
	HTTP2_COMPRESSION_ERROR,
	HTTP2_CONNECT_ERROR,
	HTTP2_ENHANCE_YOUR_CALM,
	HTTP2_INADEQUATE_SECURITY,
	HTTP2_HTTP_1_1_REQUIRED,
};

/* Tokens that come back with time: each event takes one. */
struct http2_bucket {
	int32_t tokens;
	int32_t size;
	int32_t per_second;
	int64_t filled_ms; /* up to which time tokens were added */
};

/* What became of the streams below the highest identifier. */
enum http2_stream_state {
	HTTP2_STREAM_OPEN,  /* the connection has it */
	HTTP2_STREAM_RESET, /* reset by us: frames for it may be on the way */
	HTTP2_STREAM_ENDED,
};

struct http2_frames {
	/* Tells the state of a stream that the client has opened. */
	enum http2_stream_state (*find_stream)(void *data, uint32_t id);
	void *data;
	uint32_t highest_id;   /* of the streams that the client has opened */
	uint32_t settled_id;   /* the same before this run of input */
	uint32_t continued_id; /* its field block is open; 0: none */
	uint32_t block;        /* bytes of that block */
	uint32_t block_max;    /* bytes of a block that are accepted */
	unsigned ncontinuations;
	unsigned nempty; /* DATA frames of 0 bytes in a row */
	uint64_t seen;   /* bit n: highest_id - 2n was opened */
	struct http2_bucket control, windows, resets;
};

/* The verdict on a run of input. */
struct http2_walk {
	size_t whole; /* bytes of whole and accepted frames at its beginning */
	enum http2_error error; /* of the frame behind them; NO_ERROR: none */
	enum http2_abuse abuse; /* with ENHANCE_YOUR_CALM */
	const char *why;        /* the rule that was broken, for the log */
};

/* resets: the size of the bucket of resets; a tenth comes back each second. */
void http2_frames_init(struct http2_frames *, uint32_t block_max,
	int32_t resets, int64_t now_ms);

/*
 * Walks over input that begins with a frame, without the connection preface.
 * What is behind .whole is the beginning of a frame and comes again with more
 * input, unless there is an error: then the connection has to end with it
 * (RFC 9113 5.4.1).  Called again for the same frames it counts them twice.
 */
struct http2_walk http2_frames_walk(
	struct http2_frames *, const char *bytes, size_t len, int64_t now_ms);

/* A DATA frame was sent: the client may grant more window for it. */
void http2_frames_sent_data(struct http2_frames *);

/*
 * A stream was reset before its answer was complete: by the client, or by us
 * for a fault of the client.  False when there were too many: the connection
 * has to end with ENHANCE_YOUR_CALM.
 */
bool http2_frames_take_reset(struct http2_frames *, int64_t now_ms);

/* Forgets the open field block and what came before, for a connection that is
 * taken over with this highest identifier. */
void http2_frames_resume(struct http2_frames *, uint32_t highest_id);

/* The frame at the beginning of input. */
struct http2_frame_head {
	size_t size; /* with its head */
	enum http2_type type;
	unsigned flags;
	uint32_t id;
};

/* True when the frame is there whole.  One that is too large to be accepted
 * counts as whole with HTTP2_FRAME_MAX bytes. */
bool http2_frames_peek(
	const char *bytes, size_t len, struct http2_frame_head *);

#endif
