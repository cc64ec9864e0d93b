/*
 * Makes the heads of responses, except those that are prepared in a struct
 * file.
 * SPDX-License-Identifier: MIT
 */
#include "conn/http1_response.h"

#include <assert.h>

#include "conn/exchange.h"
#include "conn/response.h"
#include "conn/worker_state.h"
#include "file/file.h"
#include "http/decimal.h"

/* Returns the Connection field line, or "" if the default of the version is
 * right (RFC 9112 9.3). */
static struct span
choose_connection_field(const struct exchange *x)
{
	if (x->closes)
		return SPAN("Connection: close\r\n");
	/* If x->site is set, the head was valid and its version is known. */
	if (x->site != NULL && x->request.minor == 0)
		return SPAN("Connection: keep-alive\r\n");
	return SPAN("");
}

/* Returns the lines that the prepared head of a file lacks. */
static struct span
last_lines(struct exchange *x)
{
	struct span line = choose_connection_field(x);

	if (x->extra_fields.len == 0)
		return line;
	return arena_printf(&x->arena, "%.*s%.*s", (int)x->extra_fields.len,
		x->extra_fields.at, (int)line.len, line.at);
}

/* Makes the content chunked, or delimited by the end of the connection (RFC
 * 9112 6.3). */
static void
frame_content(struct exchange *x)
{
	if (x->request.minor == 0)
		x->closes = true;
	else
		x->is_chunked = true;
}

static char *
put_length(char *to, int64_t length)
{
	to = SPAN_PUT(to, "Content-Length: ");
	to = decimal_put(to, (uint64_t)length);
	return SPAN_PUT(to, "\r\n");
}

void
http1_send_head(struct exchange *x, const struct response_head *h)
{
	enum { FIXED = 256 }; /* bytes of what is not counted below */
	struct span reason = span_of(response_reason(h->status));
	char *head, *p;

	if (h->length == LENGTH_UNKNOWN)
		frame_content(x);
	head = p = arena_alloc(&x->arena, FIXED + reason.len + h->type.len +
						  h->fields.len +
						  x->extra_fields.len);
	assert(head != NULL);
	p = SPAN_PUT(p, "HTTP/1.1 ");
	p = decimal_put(p, (uint64_t)h->status);
	*p++ = ' ';
	p = span_put(p, reason);
	p = SPAN_PUT(p, "\r\nDate: ");
	p = span_put(p, (struct span){ x->worker->date, DATE_LEN });
	p = SPAN_PUT(p, "\r\n");
	if (h->has_server)
		p = SPAN_PUT(p, "Server: prong\r\n");
	if (h->type.len > 0) {
		p = SPAN_PUT(p, "Content-Type: ");
		p = span_put(p, h->type);
		p = SPAN_PUT(p, "\r\n");
	}
	if (h->length >= 0)
		p = put_length(p, h->length);
	else if (x->is_chunked)
		p = SPAN_PUT(p, "Transfer-Encoding: chunked\r\n");
	p = span_put(p, h->fields);
	p = span_put(p, x->extra_fields);
	p = span_put(p, choose_connection_field(x));
	p = SPAN_PUT(p, "\r\n");
	output_add(x->output, head, (size_t)(p - head), NULL);
}

/* Returns a head with the current Date.  A head that is being sent to another
 * client must not change, so it is copied then. */
static const char *
dated_head(struct exchange *x, struct file *f)
{
	enum { CACHE_AND_CALLER = 2 };
	const struct worker *w = x->worker;
	char *copy;

	if (f->date == w->second || f->refs <= CACHE_AND_CALLER) {
		file_set_date(f, w->second, w->date);
		return f->reply;
	}
	copy = arena_alloc(&x->arena, f->head_len);
	assert(copy != NULL);
	memcpy(copy, f->reply, f->head_len);
	memcpy(copy + FILE_DATE_AT, w->date, DATE_LEN);
	return copy;
}

bool
http1_send_file_head(struct exchange *x, struct file *f)
{
	const char *head = dated_head(x, f);
	struct file *owner = head == f->reply ? f : NULL;
	struct span line = last_lines(x), end = SPAN("\r\n");

	if (line.len == 0) {
		output_add(x->output, head, f->head_len, owner);
		return owner != NULL;
	}
	output_add(x->output, head, f->head_len - end.len, owner);
	output_add(x->output, line.at, line.len, NULL);
	output_add(x->output, end.at, end.len, NULL);
	return false;
}

static const char *
interim_reason(int status)
{
	return status == 103 ? "Early Hints" : "Continue";
}

void
http1_send_interim(struct exchange *x, int status, struct span fields)
{
	struct span head = arena_printf(&x->arena, "HTTP/1.1 %d %s\r\n%.*s\r\n",
		status, interim_reason(status), (int)fields.len, fields.at);

	assert(head.at != NULL);
	output_add(x->output, head.at, head.len, NULL);
}

void
http1_send_switch(struct exchange *x, struct span fields)
{
	struct span head = arena_printf(&x->arena,
		"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
		"Connection: Upgrade\r\n%.*s\r\n",
		(int)fields.len, fields.at);

	assert(head.at != NULL);
	output_add(x->output, head.at, head.len, NULL);
}
