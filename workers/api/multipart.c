/*
 * A delimiter begins with a CR and contains no other: when a byte does not
 * match, the bytes matched so far are content, and the search restarts at that
 * byte.
 *
 * A line that begins with the boundary and continues is refused, since parsers
 * differ on it.
 * SPDX-License-Identifier: MIT
 */
#include "api/multipart.h"

#include <assert.h>

#include "http/octet.h"

enum { CRLF = 2 };

/* Starts a search as if a line had just ended: a boundary may begin here. */
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
refuse_multipart(struct multipart *m, const char *why)
{
	m->why = why;
	return 400;
}

/* ---- content ------------------------------------------------------------ */

static int
pass_content(struct multipart *m, const char *at, size_t len)
{
	if (m->state != MULTIPART_CONTENT || len == 0)
		return 0;
	return m->sink->on_bytes(m->data, (struct span){ at, len });
}

/* Passes on the bytes that matched a delimiter only in part. */
static int
pass_matched(struct multipart *m)
{
	size_t from = m->before, len = m->matched - m->before;

	m->matched = m->before = 0;
	return pass_content(m, m->delimiter + from, len);
}

static int
end_content(struct multipart *m)
{
	bool had_part = m->state == MULTIPART_CONTENT;

	m->state = MULTIPART_BOUNDARY_END;
	return had_part ? m->sink->on_part_end(m->data) : 0;
}

/* Passes on the bytes up to a CR or the end. */
static int
take_until_cr(struct multipart *m, const char **p, const char *end)
{
	const char *from = *p, *cr = memchr(from, '\r', (size_t)(end - from));

	*p = cr == NULL ? end : cr + 1;
	m->matched = cr != NULL;
	return pass_content(m, from, (size_t)((cr == NULL ? end : cr) - from));
}

static int
take_content(struct multipart *m, const char **p, const char *end)
{
	if (m->matched == 0)
		return take_until_cr(m, p, end);
	if (**p != m->delimiter[m->matched])
		return pass_matched(m);
	++*p;
	return ++m->matched == m->delimiter_len ? end_content(m) : 0;
}

/* ---- between parts ------------------------------------------------------ */

/*
 * Handles a byte after the boundary (RFC 2046 5.1.1): "--" ends the form;
 * otherwise white space and the end of the line follow.
 */
static int
take_boundary_end(struct multipart *m, char c)
{
	if (m->state == MULTIPART_BOUNDARY_END && c == '-')
		m->state = MULTIPART_DASH;
	else if (m->state == MULTIPART_DASH && c == '-')
		m->state = MULTIPART_EPILOGUE;
	else if (m->state == MULTIPART_DASH)
		return refuse_multipart(
			m, "a boundary line has trailing characters");
	else if (octet_is_blank(c))
		m->state = MULTIPART_PADDING;
	else if (c == '\r')
		m->state = MULTIPART_LF;
	else
		return refuse_multipart(
			m, "a boundary line has trailing characters");
	return 0;
}

static int
take_boundary_lf(struct multipart *m, char c)
{
	if (c != '\n')
		return refuse_multipart(
			m, "a boundary line has trailing characters");
	m->state = MULTIPART_IN_HEAD;
	m->head_len = 0;
	return 0;
}

static bool
has_empty_line(const struct multipart *m)
{
	size_t len = m->head_len;

	return (len == CRLF && memcmp(m->head, "\r\n", CRLF) == 0) ||
	       (len >= 4 && memcmp(m->head + len - 4, "\r\n\r\n", 4) == 0);
}

static int
take_part_head(struct multipart *m, char c)
{
	struct part_head head;
	const char *why;

	if (m->head_len == MULTIPART_HEAD)
		return refuse_multipart(m, "the head of a part is too long");
	m->head[m->head_len++] = c;
	if (c != '\n' || !has_empty_line(m))
		return 0;
	why = part_head_parse(&head, m->head, m->head_len - CRLF);
	if (why != NULL)
		return refuse_multipart(m, why);
	begin_search(m, MULTIPART_CONTENT);
	return m->sink->on_part(m->data, &head);
}

/* ---- interface ---------------------------------------------------------- */

static int
take_bytes(struct multipart *m, const char **p, const char *end)
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
		return take_boundary_lf(m, *(*p)++);
	case MULTIPART_IN_HEAD:
		return take_part_head(m, *(*p)++);
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
		status = take_bytes(m, &p, end);
	return status;
}

int
multipart_end(struct multipart *m)
{
	if (m->state == MULTIPART_EPILOGUE)
		return 0;
	return refuse_multipart(
		m, m->state == MULTIPART_PREAMBLE
			   ? "the boundary does not occur"
			   : "the form ends before its last boundary");
}
