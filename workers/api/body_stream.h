/*
 * What a context keeps about its request's body. It is allocated in the
 * request's arena.
 * SPDX-License-Identifier: MIT
 */
#ifndef BODY_STREAM_H
#define BODY_STREAM_H

#include "api/prong.h"

struct context;

struct body_stream {
	json_t *json;     /* the parsed body, or NULL */
	size_t json_size; /* bytes that it takes, in limits.body_memory */

	/* The callback of prong_on_body(). */
	void (*f)(struct prong_context *, const char *bytes, size_t len,
		void *data);
	void *data;
	bool is_told; /* the end was reported */
};

/* Returns the context's struct, created at first use. */
struct body_stream *body_stream_of(struct context *);

#endif
