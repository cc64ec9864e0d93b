/*
 * multipart/form-data taken apart as it comes (RFC 7578, RFC 2046 5.1.1), the
 * same whatever the pieces it comes in.
 * SPDX-License-Identifier: MIT
 */
#ifndef MULTIPART_H
#define MULTIPART_H

#include "api/part_head.h"

enum {
	MULTIPART_BOUNDARY = 70, /* bytes at most */
	MULTIPART_HEAD = 4096,   /* bytes of a part's head at most */
};

/* Who is told what is found; each returns 0, or a status that ends it. */
struct multipart_sink {
	/* The head is valid until the call returns. */
	int (*on_part)(void *data, const struct part_head *);
	int (*on_bytes)(void *data, struct span);
	int (*on_part_end)(void *data);
};

enum multipart_state {
	MULTIPART_PREAMBLE,
	MULTIPART_BOUNDARY_END, /* behind a boundary */
	MULTIPART_DASH,         /* behind its first '-' */
	MULTIPART_PADDING,      /* white space behind it */
	MULTIPART_LF,
	MULTIPART_IN_HEAD,
	MULTIPART_CONTENT,
	MULTIPART_EPILOGUE,
};

struct multipart {
	enum multipart_state state;
	const struct multipart_sink *sink;
	void *data;
	const char *why; /* of a 400: a sentence without a full stop */

	char delimiter[4 + MULTIPART_BOUNDARY]; /* CR LF "--" boundary */
	size_t delimiter_len;
	size_t matched; /* bytes of it that were seen */
	size_t before;  /* those of them that no content can have */
	size_t head_len;
	char head[MULTIPART_HEAD];
};

/* boundary: 1 to MULTIPART_BOUNDARY bytes, copied. */
void multipart_init(struct multipart *, struct span boundary,
	const struct multipart_sink *, void *data);

/* Takes in all of it.  0, 400 with why, or what the sink returned; after that
 * nothing more is taken. */
int multipart_take(struct multipart *, struct span);

/* No more will come: 0, or 400 where it was cut. */
int multipart_end(struct multipart *);

#endif
