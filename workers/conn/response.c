/*
 * Every head is made here, but for those that lie ready in a struct file.
 * SPDX-License-Identifier: MIT
 */
#include "conn/response.h"

#include <assert.h>
#include <inttypes.h>

#include "conn/exchange.h"
#include "file/file.h"
#include "http/decimal.h"
#include "http/header_rules.h"
#include "serve/access_log.h"
#include "shutdown.h"
#include "worker.h"

// clang-format off
static const struct {
	int status;
	const char *reason;
} reasons[] = {
	{ 200, "OK" },
	{ 201, "Created" },
	{ 202, "Accepted" },
	{ 203, "Non-Authoritative Information" },
	{ 204, "No Content" },
	{ 205, "Reset Content" },
	{ 206, "Partial Content" },
	{ 300, "Multiple Choices" },
	{ 301, "Moved Permanently" },
	{ 302, "Found" },
	{ 303, "See Other" },
	{ 304, "Not Modified" },
	{ 307, "Temporary Redirect" },
	{ 308, "Permanent Redirect" },
	{ 400, "Bad Request" },
	{ 401, "Unauthorized" },
	{ 402, "Payment Required" },
	{ 403, "Forbidden" },
	{ 404, "Not Found" },
	{ 405, "Method Not Allowed" },
	{ 406, "Not Acceptable" },
	{ 408, "Request Timeout" },
	{ 409, "Conflict" },
	{ 410, "Gone" },
	{ 411, "Length Required" },
	{ 412, "Precondition Failed" },
	{ 413, "Content Too Large" },
	{ 414, "URI Too Long" },
	{ 415, "Unsupported Media Type" },
	{ 416, "Range Not Satisfiable" },
	{ 417, "Expectation Failed" },
	{ 421, "Misdirected Request" },
	{ 422, "Unprocessable Content" },
	{ 423, "Locked" },
	{ 424, "Failed Dependency" },
	{ 425, "Too Early" },
	{ 426, "Upgrade Required" },
	{ 428, "Precondition Required" },
	{ 429, "Too Many Requests" },
	{ 431, "Request Header Fields Too Large" },
	{ 451, "Unavailable For Legal Reasons" },
	{ 500, "Internal Server Error" },
	{ 501, "Not Implemented" },
	{ 502, "Bad Gateway" },
	{ 503, "Service Unavailable" },
	{ 504, "Gateway Timeout" },
	{ 505, "HTTP Version Not Supported" },
	{ 507, "Insufficient Storage" },
	{ 511, "Network Authentication Required" },
};
// clang-format on

const char *
response_reason(int status)
{
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return "Unknown";
}

/* The line that says whether the connection stays; "" where the version says
 * it (RFC 9112 9.3). */
static struct span
persistence(const struct exchange *x)
{
	if (x->closes)
		return SPAN("Connection: close\r\n");
	/* x->site: the head was understood, and the version is known. */
	if (x->site != NULL && x->request.minor == 0)
		return SPAN("Connection: keep-alive\r\n");
	return SPAN("");
}

/* What the head of a file that lies ready does not have. */
static struct span
last_lines(struct exchange *x)
{
	struct span line = persistence(x);

	if (x->extra_fields.len == 0)
		return line;
	return arena_printf(&x->arena, "%.*s%.*s", (int)x->extra_fields.len,
		x->extra_fields.at, (int)line.len, line.at);
}

static bool
has_content(const struct exchange *x, int status)
{
	return status >= 200 && status != 204 && status != 304 &&
	       !(x->site != NULL && x->request.method == METHOD_HEAD);
}

/* ---- making a head ------------------------------------------------------ */

/* NULL: the head was not understood, so nobody knows for which site. */
static const struct header_rules *
headers_of(const struct exchange *x)
{
	if (x->route != NULL)
		return &x->route->headers;
	return x->site == NULL ? NULL : &x->site->headers;
}

enum { LENGTH_NONE = -1, LENGTH_UNKNOWN = -2 };

/* length: of the content, told also where it is not sent; or one of these. */
static void
send_head(struct exchange *x, const struct response *r, int64_t length)
{
	enum { FIXED = 256 }; /* bytes of what is not counted below */
	const struct header_rules *h = headers_of(x);
	struct span reason = span_of(response_reason(r->status));
	struct span fields =
		h == NULL ? r->fields
			  : header_rules_apply(h, r->fields, &x->arena);
	char *head, *p;

	head = p = arena_alloc(&x->arena, FIXED + reason.len + r->type.len +
						  fields.len +
						  x->extra_fields.len);
	assert(head != NULL);
	p = SPAN_PUT(p, "HTTP/1.1 ");
	p = decimal_put(p, (uint64_t)r->status);
	*p++ = ' ';
	p = span_put(p, reason);
	p = SPAN_PUT(p, "\r\nDate: ");
	p = span_put(p, (struct span){ x->worker->date, DATE_LEN });
	p = SPAN_PUT(p, "\r\n");
	if (h == NULL || !header_rules_removes(h, SPAN("Server")))
		p = SPAN_PUT(p, "Server: prong\r\n");
	if (length != LENGTH_NONE && r->type.len > 0) {
		p = SPAN_PUT(p, "Content-Type: ");
		p = span_put(p, r->type);
		p = SPAN_PUT(p, "\r\n");
	}
	if (length >= 0) {
		p = SPAN_PUT(p, "Content-Length: ");
		p = decimal_put(p, (uint64_t)length);
		p = SPAN_PUT(p, "\r\n");
	} else if (length == LENGTH_UNKNOWN && x->request.minor > 0)
		p = SPAN_PUT(p, "Transfer-Encoding: chunked\r\n");
	p = span_put(p, fields);
	p = span_put(p, x->extra_fields);
	p = span_put(p, persistence(x));
	p = SPAN_PUT(p, "\r\n");
	output_add(&x->output, head, (size_t)(p - head), NULL);
}

static void
begin(struct exchange *x, int status)
{
	assert(x->status == 0);
	x->status = status;
	/* Only now: since the request came the worker may have begun to leave,
	 * and the handler may have taken its time. */
	if (exchange_leaves_content(x) ||
		(x->worker->state > WORKER_SERVING && x->conn != NULL &&
			shutdown_ends(x->conn)))
		x->closes = true;
}

void
response_send(struct exchange *x, const struct response *r)
{
	bool is_bodiless = r->status == 204 || r->status == 304;

	begin(x, r->status);
	send_head(x, r, is_bodiless ? LENGTH_NONE : (int64_t)r->content.len);
	access_log_content(x);
	if (has_content(x, r->status))
		output_add(&x->output, r->content.at, r->content.len, NULL);
	access_log_end(x);
}

bool
response_begin(struct exchange *x, const struct response *r)
{
	bool is_bodiless = r->status == 204 || r->status == 304;

	begin(x, r->status);
	/* RFC 9112 6.3: the end of the connection is the end of it. */
	if (x->request.minor == 0 && !is_bodiless)
		x->closes = true;
	send_head(x, r, is_bodiless ? LENGTH_NONE : LENGTH_UNKNOWN);
	access_log_content(x);
	return has_content(x, r->status);
}

void
response_switch(struct exchange *x, struct span fields)
{
	struct span head;

	begin(x, 101);
	head = arena_printf(&x->arena,
		"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
		"Connection: Upgrade\r\n%.*s\r\n",
		(int)fields.len, fields.at);
	assert(head.at != NULL);
	output_add(&x->output, head.at, head.len, NULL);
	access_log_content(x);
}

/* ---- files -------------------------------------------------------------- */

static void
add_content(struct exchange *x, struct file *f, int64_t first, int64_t len)
{
	if (f->fd == -1)
		output_add(&x->output, f->reply + f->head_len + first,
			(size_t)len, f);
	else
		output_add_file(&x->output, f, first, (size_t)len);
}

/* A head that is on its way to somebody must not change under him. */
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

void
response_send_file(struct exchange *x, struct file *f)
{
	const char *head = dated_head(x, f);
	struct file *owner = head == f->reply ? f : NULL;
	struct span line, end = SPAN("\r\n");

	begin(x, 200);
	line = last_lines(x);
	if (line.len == 0) {
		output_add(&x->output, head, f->head_len, owner);
	} else {
		output_add(&x->output, head, f->head_len - end.len, owner);
		output_add(&x->output, line.at, line.len, NULL);
		output_add(&x->output, end.at, end.len, NULL);
	}
	access_log_content(x);
	if (x->request.method == METHOD_HEAD)
		;
	else if (line.len == 0 && owner != NULL && f->fd == -1)
		output_extend(&x->output, f->reply_len - f->head_len);
	else
		add_content(x, f, 0, f->size);
	access_log_end(x);
}

void
response_send_page(
	struct exchange *x, int status, struct file *f, struct span fields)
{
	struct response r = {
		.status = status, .type = span_of(f->type), .fields = fields
	};

	begin(x, status);
	send_head(x, &r, f->size);
	access_log_content(x);
	if (has_content(x, status))
		add_content(x, f, 0, f->size);
	access_log_end(x);
}

static struct span
part_fields(struct exchange *x, const struct file *f, const struct range *range)
{
	enum { LINE = sizeof("Content-Range: bytes -/\r\n") + 3 * DECIMAL_MAX };
	/* The two stand one after the other. */
	struct span same = { f->encoding.at,
		f->encoding.len + f->validators.len };
	char *from = arena_alloc(&x->arena, LINE + same.len), *to = from;

	assert(from != NULL);
	to = SPAN_PUT(to, "Content-Range: bytes ");
	to = decimal_put(to, (uint64_t)range->first);
	*to++ = '-';
	to = decimal_put(to, (uint64_t)range->last);
	*to++ = '/';
	to = decimal_put(to, (uint64_t)f->size);
	to = SPAN_PUT(to, "\r\n");
	to = span_put(to, same);
	return (struct span){ from, (size_t)(to - from) };
}

static void
send_part(struct exchange *x, struct file *f, const struct range *range)
{
	int64_t length = range->last - range->first + 1;
	struct response r = { .status = 206,
		.type = span_of(f->type),
		.fields = part_fields(x, f, range) };

	send_head(x, &r, length);
	access_log_content(x);
	add_content(x, f, range->first, length);
}

/* RFC 9110 14.6. */
static void
send_parts(struct exchange *x, struct file *f, const struct range_set *set)
{
	struct span heads[RANGE_MAX], end;
	struct response r = { .status = 206, .fields = f->validators };
	int64_t length = 0;

	for (int i = 0; i < set->count; i++) {
		const struct range *range = &set->ranges[i];

		heads[i] = arena_printf(&x->arena,
			"\r\n--prong-%08" PRIx32 "-part\r\nContent-Type: %s\r\n"
			"Content-Range: bytes %" PRId64 "-%" PRId64 "/%" PRId64
			"\r\n\r\n",
			x->worker->second, f->type, range->first, range->last,
			f->size);
		length +=
			(int64_t)heads[i].len + range->last - range->first + 1;
	}
	end = arena_printf(&x->arena, "\r\n--prong-%08" PRIx32 "-part--\r\n",
		x->worker->second);
	r.type = arena_printf(&x->arena,
		"multipart/byteranges; boundary=prong-%08" PRIx32 "-part",
		x->worker->second);
	send_head(x, &r, length + (int64_t)end.len);
	access_log_content(x);
	for (int i = 0; i < set->count; i++) {
		output_add(&x->output, heads[i].at, heads[i].len, NULL);
		add_content(x, f, set->ranges[i].first,
			set->ranges[i].last - set->ranges[i].first + 1);
	}
	output_add(&x->output, end.at, end.len, NULL);
}

void
response_send_ranges(
	struct exchange *x, struct file *f, const struct range_set *set)
{
	begin(x, 206);
	if (set->count == 1)
		send_part(x, f, &set->ranges[0]);
	else
		send_parts(x, f, set);
	access_log_end(x);
}
