/*
 * The field block of an earlier request of a connection, and that request.
 * Balancers, health checks and clients that ask again send the same bytes with
 * each request: where they are equal, and mean the same, so is the request, and
 * the library is given an empty block.
 * SPDX-License-Identifier: MIT
 */
#ifndef HTTP2_REPEAT_H
#define HTTP2_REPEAT_H

#include <stdint.h>

#include "common/span.h"
#include "http2/http2_frames.h"

struct arena;
struct http2_priority;
struct http2_repeat_kept;
struct request;

enum http2_repeat_kind {
	HTTP2_REPEAT_OTHER,
	HTTP2_REPEAT_SECOND, /* it has come before: it should be kept */
	HTTP2_REPEAT_KNOWN,  /* it is the one that is kept */
};

struct http2_repeat {
	struct http2_repeat_kept *kept; /* NULL: none was kept yet */
	uint64_t last;       /* hash of the last block that may be kept */
	uint32_t highest_id; /* of the streams that HEADERS were seen of */
	struct span block;   /* of the last HTTP2_REPEAT_SECOND */
};

/* To be called with each frame, in their order, before the library reads it. */
enum http2_repeat_kind http2_repeat_find(struct http2_repeat *,
	const struct http2_frame_head *, const char *frame);

/* Keeps the request of a block that was HTTP2_REPEAT_SECOND, while its bytes
 * are there, unless it is of a kind that is looked at each time. */
void http2_repeat_keep(struct http2_repeat *, const struct request *,
	const struct http2_priority *);

/* Makes the request of a block that is HTTP2_REPEAT_KNOWN; its head is copied
 * to the arena.  Returns its priority. */
const struct http2_priority *http2_repeat_take(
	const struct http2_repeat *, struct request *, struct arena *);

void http2_repeat_fini(struct http2_repeat *);

#endif
