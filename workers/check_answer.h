/*
 * The response to a check, as it arrives, and what the check wants of it.
 * SPDX-License-Identifier: MIT
 */
#ifndef CHECK_ANSWER_H
#define CHECK_ANSWER_H

#include <stdbool.h>
#include <stddef.h>

#include "http/body.h"

struct conf_check;

enum { CHECK_HEAD_MAX = 64 * 1024, CHECK_CONTENT = 64 * 1024 };

struct check_answer {
	const struct conf_check *check;
	bool is_chunked, has_head;
	struct body body;
	char *head; /* also of 1xx responses; a NUL follows */
	size_t head_len;
	char *content; /* its end: CHECK_CONTENT bytes at most */
	size_t content_len;
};

enum check_verdict {
	CHECK_WAITS, /* for more of the response */
	CHECK_HOLDS,
	CHECK_FAILS, /* why has what came and what was wanted */
};

void check_answer_init(struct check_answer *, const struct conf_check *);
void check_answer_fini(struct check_answer *);

/* Takes bytes of the response; len 0 is its end. */
enum check_verdict check_answer_take(struct check_answer *, const char *bytes,
	size_t len, char *why, size_t size);

#endif
