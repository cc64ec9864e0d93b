/*
 * The parts of an answer, for the functions of prong.h that make one.
 * SPDX-License-Identifier: MIT
 */
#ifndef ANSWER_H
#define ANSWER_H

#include <stdbool.h>

#include "common/span.h"
#include "prong.h"

/* A field value (RFC 9110 5.5): no control bytes. */
bool answer_is_value(const char *text);

/*
 * May the head still change?  Else false with errno, and a word in the log:
 * ESTALE, EALREADY.
 */
bool answer_is_open(struct prong_context *, const char *function);

/* Adds a field that is known to be right.  0, or -1 with ENOMEM. */
int answer_add_field(
	struct prong_context *, struct span name, struct span value);

/*
 * Answers, and the context is over.  type and content may be empty; content
 * must live until it is sent.
 */
void answer_send(struct prong_context *, int status, struct span type,
	struct span content);

/* vprintf(3) into memory that lives until it is sent, with a terminator. */
struct span answer_format(struct prong_context *, const char *format, va_list)
	__attribute__((format(printf, 2, 0)));

#endif
