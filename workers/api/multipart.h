/*
 * Parses multipart/form-data as it arrives (RFC 7578, RFC 2046 5.1.1). The
 * result does not depend on how the input is split.
 * SPDX-License-Identifier: MIT
 */
#ifndef MULTIPART_H
#define MULTIPART_H

#include "api/part_head.h"

enum {
	MULTIPART_BOUNDARY = 70, /* maximum bytes of a boundary */
	MULTIPART_HEAD = 4096,   /* maximum bytes of a part's header section */
};

/*
 * Receives the parts; each function returns 0, or a status that ends parsing.
 */
struct multipart_sink {
	/* The head is valid until the call returns. */
	int (*on_part)(void *data, const struct part_head *);
	int (*on_bytes)(void *data, struct span);
	int (*on_part_end)(void *data);
};

enum multipart_state {
	MULTIPART_PREAMBLE,
	MULTIPART_BOUNDARY_END, /* after a boundary */
	MULTIPART_DASH,         /* after the first '-' behind it */
	MULTIPART_PADDING,      /* in the white space behind it */
	MULTIPART_LF,
	MULTIPART_IN_HEAD,
	MULTIPART_CONTENT,
	MULTIPART_EPILOGUE,
};

struct multipart {
	enum multipart_state state;
	const struct multipart_sink *sink;
	void *data;
	const char *why; /* reason of a 400: a sentence without a full stop */

	char delimiter[4 + MULTIPART_BOUNDARY]; /* CR LF "--" boundary */
	size_t delimiter_len;
	size_t matched; /* bytes of the delimiter matched so far */
	size_t before;  /* matched bytes that are not part of the content */
	size_t head_len;
	char head[MULTIPART_HEAD];
};

/* Starts parsing. boundary has 1 to MULTIPART_BOUNDARY bytes and is copied. */
void multipart_init(struct multipart *, struct span boundary,
	const struct multipart_sink *, void *data);

/*
 * Parses all of the bytes. Returns 0, 400 with why, or what the sink returned;
 * after an error it must not be called again.
 */
int multipart_take(struct multipart *, struct span);

/* Ends parsing: returns 0, or 400 when the form is incomplete. */
int multipart_end(struct multipart *);

#endif
