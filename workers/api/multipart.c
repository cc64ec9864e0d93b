/*
 * A delimiter begins with a CR, and has no other: what was matched when the
 * next byte does not fit is content, and the search begins anew at that byte.
 *
 * A line that begins with the boundary and goes on is refused, since readers
 * differ on it.
 * SPDX-License-Identifier: MIT
 */
#include "api/multipart.h"

#include <assert.h>

enum { CRLF = 2 };

/* As if a line had just ended: a boundary may begin here. */
static void
begin_search(struct multipart *m, enum multipart_state state)
{
	m->state = state;
	m->matched = m->before = CRLF;
}

void
multipart_init(struct multipart *m, struct span boundary,
	const struct multipart_sink *sink, void *data)
{
	assert(boundary.len > 0 && boundary.len <= MULTIPART_BOUNDARY);
	m->sink = sink;
	m->data = data;
	m->why = NULL;
	memcpy(m->delimiter, "\r\n--", 4);
	memcpy(m->delimiter + 4, boundary.at, boundary.len);
	m->delimiter_len = 4 + boundary.len;
	begin_search(m, MULTIPART_PREAMBLE);
}

static int
refuse(struct multipart *m, const char *why)
{
	m->why = why;
	return 400;
}

/* ---- content ------------------------------------------------------------ */

static int
give(struct multipart *m, const char *at, size_t len)
{
	if (m->state != MULTIPART_CONTENT || len == 0)
		return 0;
	return m->sink->on_bytes(m->data, (struct span){ at, len });
}

/* It was no delimiter. */
static int
give_matched(struct multipart *m)
{
	size_t from = m->before, len = m->matched - m->before;

	m->matched = m->before = 0;
	return give(m, m->delimiter + from, len);
}

static int
on_delimiter(struct multipart *m)
{
	bool had_part = m->state == MULTIPART_CONTENT;

	m->state = MULTIPART_BOUNDARY_END;
	return had_part ? m->sink->on_part_end(m->data) : 0;
}

/* Up to a CR, or the end. */
static int
take_run(struct multipart *m, const char **p, const char *end)
{
	const char *from = *p, *cr = memchr(from, '\r', (size_t)(end - from));

	*p = cr == NULL ? end : cr + 1;
	m->matched = cr != NULL;
	return give(m, from, (size_t)((cr == NULL ? end : cr) - from));
}

static int
take_content(struct multipart *m, const char **p, const char *end)
{
	if (m->matched == 0)
		return take_run(m, p, end);
	if (**p != m->delimiter[m->matched])
		return give_matched(m);
	++*p;
	return ++m->matched == m->delimiter_len ? on_delimiter(m) : 0;
}

/* ---- between ------------------------------------------------------------ */

/* RFC 2046 5.1.1: "--" ends it all; else white space, and the line ends. */
static int
take_boundary_end(struct multipart *m, char c)
{
	if (m->state == MULTIPART_BOUNDARY_END && c == '-')
		m->state = MULTIPART_DASH;
	else if (m->state == MULTIPART_DASH && c == '-')
		m->state = MULTIPART_EPILOGUE;
	else if (m->state == MULTIPART_DASH)
		return refuse(m, "the line of a boundary goes on");
	else if (c == ' ' || c == '\t')
		m->state = MULTIPART_PADDING;
	else if (c == '\r')
		m->state = MULTIPART_LF;
	else
		return refuse(m, "the line of a boundary goes on");
	return 0;
}

static int
take_lf(struct multipart *m, char c)
{
	if (c != '\n')
		return refuse(m, "the line of a boundary goes on");
	m->state = MULTIPART_IN_HEAD;
	m->head_len = 0;
	return 0;
}

static bool
is_head_done(const struct multipart *m)
{
	size_t len = m->head_len;

	return (len == CRLF && memcmp(m->head, "\r\n", CRLF) == 0) ||
	       (len >= 4 && memcmp(m->head + len - 4, "\r\n\r\n", 4) == 0);
}

static int
take_head(struct multipart *m, char c)
{
	struct part_head head;
	const char *why;

	if (m->head_len == MULTIPART_HEAD)
		return refuse(m, "the head of a part is too long");
	m->head[m->head_len++] = c;
	if (c != '\n' || !is_head_done(m))
		return 0;
	why = part_head_parse(&head, m->head, m->head_len - CRLF);
	if (why != NULL)
		return refuse(m, why);
	begin_search(m, MULTIPART_CONTENT);
	return m->sink->on_part(m->data, &head);
}

/* ---- all of it ---------------------------------------------------------- */

static int
take_some(struct multipart *m, const char **p, const char *end)
{
	switch (m->state) {
	case MULTIPART_PREAMBLE:
	case MULTIPART_CONTENT:
		return take_content(m, p, end);
	case MULTIPART_BOUNDARY_END:
	case MULTIPART_DASH:
	case MULTIPART_PADDING:
		return take_boundary_end(m, *(*p)++);
	case MULTIPART_LF:
		return take_lf(m, *(*p)++);
	case MULTIPART_IN_HEAD:
		return take_head(m, *(*p)++);
	case MULTIPART_EPILOGUE:
	default:
		*p = end;
		return 0;
	}
}

int
multipart_take(struct multipart *m, struct span s)
{
	const char *p = s.at, *end = p + s.len;
	int status = 0;

	while (p < end && status == 0)
		status = take_some(m, &p, end);
	return status;
}

int
multipart_end(struct multipart *m)
{
	if (m->state == MULTIPART_EPILOGUE)
		return 0;
	return refuse(m, m->state == MULTIPART_PREAMBLE
				 ? "the boundary does not occur"
				 : "the form ends before its last boundary");
}
