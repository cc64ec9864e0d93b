/*
 * The head of an earlier request, and what was found in it.  Clients that keep
 * their connections, balancers and health checks send the same fields with each
 * request: where the bytes are equal, so is all that is derived from them.
 * SPDX-License-Identifier: MIT
 */
#ifndef HEAD_MEMO_H
#define HEAD_MEMO_H

#include <stdbool.h>
#include <stddef.h>

#include "http/request.h"

enum {
	HEAD_MEMO_SIZE = 1024, /* bytes of the longest head that is kept */
	HEAD_MEMO_REVIEW = 8,  /* heads between two reviews */
	HEAD_MEMO_INTERVAL = 2 * HEAD_MEMO_REVIEW,
};

struct head_memo {
	size_t head_len;   /* SIZE_MAX: the head is not kept as a whole */
	size_t fields_at;  /* offset of the field section */
	size_t fields_len; /* with the empty line; SIZE_MAX: nothing is kept */
	unsigned nlines;   /* heads that had the same fields only */
	unsigned nothers;  /* heads with other fields since one that had */
	unsigned interval; /* so many of those until one is kept instead */
	struct request request; /* its spans point into bytes */
	char bytes[HEAD_MEMO_SIZE];
};

void head_memo_init(struct head_memo *);

/* False: the bytes are too few to begin with the head that is kept, or nothing
 * is kept. */
static inline bool
head_memo_may_have(const struct head_memo *m, size_t len)
{
	return len >= m->head_len;
}

/*
 * True if bytes, of which there are enough, begin with the head that is kept:
 * then the request is as http1_parse() and request_check() would leave it.
 */
bool head_memo_take(struct head_memo *, struct request *, const char *bytes);

/* The same of the bytes behind a request line. */
static inline bool
head_memo_may_have_fields(const struct head_memo *m, size_t len)
{
	return len >= m->fields_len;
}

/*
 * True if the field section, which begins at offset from, is the one that is
 * kept, and the version is the same: then all is set but the members of the
 * request line, which was parsed, and those that target_check() derives from
 * it.
 */
bool head_memo_take_fields(struct head_memo *, struct request *, size_t from);

/* Drops the head that is kept, or keeps this one instead. */
void head_memo_review(struct head_memo *, const struct request *);

/*
 * To be called with each head that was accepted but is not the one that is
 * kept; has_fields: it has the same fields.
 */
static inline void
head_memo_note(struct head_memo *m, const struct request *r, bool has_fields)
{
	unsigned n = has_fields ? ++m->nlines : ++m->nothers;

	if (n % HEAD_MEMO_REVIEW == 0)
		head_memo_review(m, r);
}

#endif
