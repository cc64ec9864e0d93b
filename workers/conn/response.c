/*
 * Queues the parts of a response; exchange->protocol makes the head.
 * SPDX-License-Identifier: MIT
 */
#include "conn/response.h"

#include <assert.h>
#include <inttypes.h>

#include "conn/exchange.h"
#include "conn/exchange_service.h"
#include "conn/worker_state.h"
#include "file/file.h"
#include "http/decimal.h"
#include "http/header_rules.h"

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

/* The client of a WebSocket that was handed over gets a close frame instead. */
static bool
sends_content(const struct exchange *x)
{
	return x->request.method != METHOD_HEAD && !x->protocol->is_restored;
}

static bool
has_content(const struct exchange *x, int status)
{
	return status >= 200 && status != 204 && status != 304 &&
	       sends_content(x);
}

/* ---- making a head ------------------------------------------------------ */

/* Sends the head after the rules of the site and the route were applied; length
 * is that of the content, or LENGTH_NONE, LENGTH_UNKNOWN. */
static void
send_head(struct exchange *x, const struct response *r, int64_t length)
{
	const struct header_rules *rules = x->header_rules;
	struct response_head h = {
		.status = r->status,
		.has_server = true,
		.length = length,
		.type = length == LENGTH_NONE ? SPAN("") : r->type,
		.fields = r->fields,
	};

	if (rules != NULL) {
		h.has_server = !header_rules_removes(rules, SPAN("Server"));
		h.fields = header_rules_apply(rules, r->fields, &x->arena);
	}
	x->protocol->send_head(x, &h);
}

static void
begin_response(struct exchange *x, int status)
{
	assert(x->status == 0);
	x->status = status;
	x->content_sent = 0;
	/* This is decided as late as possible, since the worker may have begun
	 * to shut down while the handler was working. */
	if (!x->closes)
		x->closes =
			exchange_leaves_content(x) || x->protocol->is_last(x);
}

static void
log_content(struct exchange *x)
{
	x->worker->service->log.content(x);
}

void
response_end(struct exchange *x)
{
	request_stats_respond(x);
	if (x->record != NULL)
		x->worker->service->log.end(x);
}

void
response_send(struct exchange *x, const struct response *r)
{
	bool is_bodiless = r->status == 204 || r->status == 304;

	begin_response(x, r->status);
	send_head(x, r, is_bodiless ? LENGTH_NONE : (int64_t)r->content.len);
	log_content(x);
	if (has_content(x, r->status)) {
		output_add(x->output, r->content.at, r->content.len, NULL);
		x->content_sent = (int64_t)r->content.len;
	}
	response_end(x);
}

bool
response_begin(struct exchange *x, const struct response *r)
{
	bool is_bodiless = r->status == 204 || r->status == 304;

	begin_response(x, r->status);
	send_head(x, r, is_bodiless ? LENGTH_NONE : LENGTH_UNKNOWN);
	log_content(x);
	return has_content(x, r->status);
}

void
response_switch(struct exchange *x, struct span fields)
{
	begin_response(x, x->protocol->switch_status);
	x->is_tunnel = true;
	x->protocol->send_switch(x, fields);
	log_content(x);
}

/* ---- files -------------------------------------------------------------- */

static void
add_content(struct exchange *x, struct file *f, int64_t first, int64_t len)
{
	if (f->fd == -1)
		output_add(x->output, f->reply + f->head_len + first,
			(size_t)len, f);
	else
		output_add_file(x->output, f, first, (size_t)len);
}

void
response_send_file(struct exchange *x, struct file *f)
{
	bool is_ready;

	begin_response(x, 200);
	is_ready = x->protocol->send_file_head(x, f);
	log_content(x);
	if (sends_content(x)) {
		x->content_sent = f->size;
		if (is_ready && f->fd == -1)
			output_extend(x->output, (size_t)f->size);
		else
			add_content(x, f, 0, f->size);
	}
	response_end(x);
}

/* A page that is compressed itself is sent as it is (RFC 9110 8.4). */
void
response_send_page(
	struct exchange *x, int status, struct file *f, struct span fields)
{
	struct response r = {
		.status = status, .type = span_of(f->type), .fields = fields
	};

	if (f->encoding_len > 0)
		r.fields = arena_printf(&x->arena, "%.*s%.*s", (int)fields.len,
			fields.len == 0 ? "" : fields.at, (int)f->encoding_len,
			file_encoding(f).at);
	response_send_range(x, &r, f, 0, f->size);
}

void
response_send_range(struct exchange *x, const struct response *r,
	struct file *f, int64_t first, int64_t len)
{
	begin_response(x, r->status);
	send_head(x, r, len);
	log_content(x);
	if (has_content(x, r->status)) {
		add_content(x, f, first, len);
		x->content_sent = len;
	}
	response_end(x);
}

static struct span
part_fields(struct exchange *x, const struct file *f, const struct range *range)
{
	enum { LINE = sizeof("Content-Range: bytes -/\r\n") + 3 * DECIMAL_MAX };
	/* The two spans are adjacent. */
	struct span same = { file_encoding(f).at,
		f->encoding_len + f->validators_len };
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
	log_content(x);
	if (!sends_content(x))
		return;
	add_content(x, f, range->first, length);
	x->content_sent = length;
}

/* RFC 9110 14.6. */
static void
send_parts(struct exchange *x, struct file *f, const struct range_set *set)
{
	struct span heads[RANGE_MAX], end;
	struct response r = { .status = 206, .fields = file_validators(f) };
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
	length += (int64_t)end.len;
	send_head(x, &r, length);
	log_content(x);
	if (!sends_content(x))
		return;
	x->content_sent = length;
	for (int i = 0; i < set->count; i++) {
		output_add(x->output, heads[i].at, heads[i].len, NULL);
		add_content(x, f, set->ranges[i].first,
			set->ranges[i].last - set->ranges[i].first + 1);
	}
	output_add(x->output, end.at, end.len, NULL);
}

void
response_send_ranges(
	struct exchange *x, struct file *f, const struct range_set *set)
{
	begin_response(x, 206);
	if (set->count == 1)
		send_part(x, f, &set->ranges[0]);
	else
		send_parts(x, f, set);
	response_end(x);
}
