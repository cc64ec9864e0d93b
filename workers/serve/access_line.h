/*
 * The text of a line of the access log. It is made while the response is
 * prepared; what is known only when the response was sent is filled in later,
 * in gaps.
 * SPDX-License-Identifier: MIT
 */
#ifndef ACCESS_LINE_H
#define ACCESS_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/log_variable.h"
#include "common/span.h"
#include "http/decimal.h"

struct access_logs;
struct conf_access_log;
struct exchange;

/* A text of an own format, and the late variable behind it. */
struct access_part {
	struct span text;
	enum log_variable late; /* LOG_VARIABLES: none */
};

struct access_line {
	struct span before, after; /* the text before and after the gap */
	/* of an own format, in their place */
	const struct access_part *parts;
	size_t nparts;
	size_t size; /* bytes of the whole line, at most */
};

/* What is known when the response was sent. */
struct access_end {
	uint64_t bytes, bytes_in;
	int64_t duration_ns, ttfb_ns;
	bool is_complete;
	const char *reason; /* "ok", "client_gone" */
};

/* Formats the line for the current response in the exchange's arena. */
void access_line_make(struct access_logs *, struct exchange *,
	const struct conf_access_log *, struct access_line *);

/* Writes a combined line; returns its end. */
static inline char *
access_line_put_combined(
	char *to, const struct access_line *line, uint64_t bytes)
{
	to = span_put(to, line->before);
	to = decimal_put(to, bytes);
	return span_put(to, line->after);
}

/* Writes a line of another format. */
char *access_line_put(char *to, const struct access_line *,
	const struct conf_access_log *, const struct access_end *);

#endif
