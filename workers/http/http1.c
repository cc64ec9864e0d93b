/*
 * The request line is parsed here. In the field section http-parser finds the
 * tokens and this file decides whether they may stand there: http-parser is
 * built lenient (bare LF, obs-fold, spaces in names, any byte after CR), so the
 * tokens must cover the head completely, with exactly the separators of RFC
 * 9112 between them.
 *
 * http-parser spends some 25 instructions on each byte, so it is not shown what
 * can be parsed without it: lines with well-known names, and values.
 *
 *   GET SP target SP HTTP/1.1 CRLF  name ":" OWS value OWS CRLF  ...  CRLF
 * SPDX-License-Identifier: MIT
 */
#include "http/http1.h"

#include <endian.h>
#include <http_parser.h>
#include <limits.h>

#include "http/http1_partial.h"
#include "http/octet.h"
#include "http/request.h"
#include "http/target.h"
#include "http/text_scan.h"

/* ---- callbacks of http-parser ------------------------------------------ */

struct reading {
	struct http1 *http1;
	struct request *request;
	const char *end;    /* end of the input */
	const char *resume; /* where http-parser continues after a pause */
	bool is_whole;
};

static bool
has_only_text(const char *p, size_t len)
{
	return text_scan(p, p + len) == p + len;
}

/* Makes room for REQUEST_FIELDS.  Returns false if there is no more. */
static bool
grow_fields(struct http1 *h, struct request *r)
{
	if (r->fields != r->few)
		return false;
	memcpy(h->many, r->few, sizeof(r->few));
	r->fields = h->many;
	r->fields_end = h->many + REQUEST_FIELDS;
	return true;
}

/* Sets the name, and an empty value, without counting the field in nfields. */
static void
start_field(struct request_field *f, const struct request *r, struct span name)
{
	f->name = (struct piece){ (uint16_t)(name.at - r->head),
		(uint16_t)name.len };
	f->value = (struct piece){ 0, 0 };
	f->id = (uint8_t)field_find(name);
	f->is_plain = false;
}

/* Takes the value between a colon and a CR; returns the CR, or NULL. */
static const char *
take_value(const struct request *r, struct request_field *f, const char *from,
	const char *end)
{
	const char *cr = text_scan(from, end);

	if (cr == end || *cr != '\r')
		return NULL;
	while (*from == ' ' || *from == '\t')
		from++;
	f->value = (struct piece){ (uint16_t)(from - r->head),
		(uint16_t)(cr - from) };
	return cr;
}

/* True at a CRLF that is not followed by a folded (obs-fold) line. */
static bool
is_line_end(const char *at, const char *end)
{
	return end - at > 2 && at[0] == '\r' && at[1] == '\n' && at[2] != ' ' &&
	       at[2] != '\t';
}

/*
 * Takes consecutive lines with well-known names, from at to at most end.
 * Returns the start of the first line that it did not take.
 */
static const char *
take_known_fields(struct request *r, const char *at, const char *end)
{
	enum { LONGEST = 32 };
	struct request_field *f = r->fields + r->nfields;

	for (; f < r->fields_end && at < end && *at != '\r'; f++) {
		size_t room = (size_t)(end - at);
		const char *p =
			memchr(at, ':', room < LONGEST ? room : LONGEST);

		if (p == NULL)
			break;
		start_field(f, r, (struct span){ at, (size_t)(p - at) });
		if (f->id == FIELD_OTHER)
			break;
		p = take_value(r, f, p + 1, end);
		if (p == NULL || !is_line_end(p, end))
			break;
		f->is_plain = p[-1] != ' ' && p[-1] != '\t';
		r->nfields++;
		at = p + 2;
	}
	return at;
}

/*
 * Called after http-parser has reported a name: takes the value and the
 * well-known lines after it, and pauses http-parser so that it continues at
 * their end, where it sees an empty value.
 */
static void
take_field_tail(http_parser *parser, struct request_field *f)
{
	struct reading *h = parser->data;
	const char *colon = h->request->head + f->name.at + f->name.len, *end;

	/* http-parser also reports a name that is cut off by the end of the
	 * input, and it rejects an empty Content-Length. */
	if (colon == h->end || *colon != ':' || f->id == FIELD_CONTENT_LENGTH)
		return;
	end = take_value(h->request, f, colon + 1, h->end);
	if (end == NULL)
		return;
	if (is_line_end(end, h->end))
		end = take_known_fields(h->request, end + 2, h->end) - 2;
	h->resume = end;
	http_parser_pause(parser, 1);
}

static int
on_parser_field(http_parser *parser, const char *at, size_t len)
{
	struct reading *h = parser->data;
	struct request *r = h->request;
	struct request_field *f;

	if (r->fields + r->nfields == r->fields_end &&
		!grow_fields(h->http1, r))
		return 1; /* too many fields */
	f = &r->fields[r->nfields++];
	start_field(f, r, (struct span){ at, len });
	take_field_tail(parser, f);
	return 0;
}

static int
on_parser_value(http_parser *parser, const char *at, size_t len)
{
	struct request *r = ((struct reading *)parser->data)->request;
	struct request_field *f = &r->fields[r->nfields - 1];

	if (r->nfields == 0)
		return 1;
	/* A second value is an obs-fold line (RFC 9112 5.2). */
	if (f->value.at != 0)
		return len > 0;
	f->value = (struct piece){ (uint16_t)(at - r->head), (uint16_t)len };
	return 0;
}

/*
 * Ends parsing. 2 tells http-parser that no content follows, whatever the
 * fields say.
 */
static int
on_parser_head(http_parser *parser)
{
	((struct reading *)parser->data)->is_whole = true;
	return 2;
}

static const http_parser_settings callbacks = {
	.on_header_field = on_parser_field,
	.on_header_value = on_parser_value,
	.on_headers_complete = on_parser_head,
};

/* ---- verification of the tokens ----------------------------------------- */

/*
 * Checks a field line that starts at offset at of the head (RFC 9112 5).
 * Returns the offset past its CRLF, or 0 when it is malformed.
 */
static size_t
check_field(struct request *r, struct request_field *f, size_t at)
{
	struct span name = request_span(r, f->name);
	size_t p = at + name.len, end;

	if (f->name.at != at)
		return 0;
	if (f->is_plain)
		return (size_t)f->value.at + f->value.len + 2;
	/* No space before the colon (RFC 9112 5.1), and a name is a token (RFC
	 * 9110 5.1); http-parser allows spaces in it. */
	if (name.len == 0 || r->head[p] != ':' ||
		memchr(name.at, ' ', name.len) != NULL)
		return 0;
	for (p++; r->head[p] == ' ' || r->head[p] == '\t'; p++)
		;
	/* An obs-fold line (RFC 9112 5.2) has two values, or one that does not
	 * start right after the white space. */
	if (f->value.at != p && f->value.len > 0)
		return 0;
	end = p + f->value.len;
	/* http-parser does not check the first byte (RFC 9110 5.5). */
	if (end > p && !octet_is_text(r->head[p]))
		return 0;
	for (f->value = (struct piece){ (uint16_t)p, f->value.len };
		f->value.len > 0 &&
		(r->head[p + f->value.len - 1] == ' ' ||
			r->head[p + f->value.len - 1] == '\t');
		f->value.len--)
		;
	/* Only CRLF ends a line (RFC 9112 2.2): a bare CR or LF helps request
	 * smuggling. */
	if (r->head[end] != '\r' || r->head[end + 1] != '\n')
		return 0;
	return end + 2;
}

static void
count_field(struct request *r, enum field_id id, unsigned i)
{
	if (r->count[id]++ == 0)
		r->first[id] = (uint8_t)i;
}

static int
check_fields(struct request *r, size_t at, const struct conf_limits *limits)
{
	struct request_field *f = r->fields;

	if (r->nfields > limits->fields)
		return request_refuse(r, 431, HTTP1_TOO_MANY_FIELDS);
	for (unsigned i = 0; i < r->nfields; i++, f++) {
		size_t next = check_field(r, f, at);

		if (next == 0)
			return request_refuse(r, 400, HTTP1_BAD_FIELD);
		if ((int64_t)(next - at) - 2 > limits->field)
			return request_refuse(r, 431, HTTP1_LONG_FIELD);
		count_field(r, f->id, i);
		at = next;
	}
	if (at + 2 != r->head_len || r->head[at] != '\r' ||
		r->head[at + 1] != '\n')
		return request_refuse(r, 400, HTTP1_BAD_FIELD);
	return 0;
}

/*
 * Parses the request line (RFC 9112 3): method token, SP, target, SP, version.
 * *end is the offset past its CRLF. Returns 0, or -1 when the line is
 * incomplete or malformed. target_check() checks the bytes of the target.
 */
static int
read_request_line(struct request *r, size_t len, size_t *end)
{
	size_t method = octet_token_length(r->head,
		len < HTTP1_LONGEST_METHOD ? len : HTTP1_LONGEST_METHOD);
	const char *target = r->head + method + 1, *space;
	size_t tail = 1 + HTTP1_VERSION_LEN + 2;

	if (method == 0 || method + 1 >= len || target[-1] != ' ')
		return -1;
	space = memchr(target, ' ', len - method - 1);
	if (space == NULL || space == target ||
		(size_t)(r->head + len - space) < tail ||
		!has_only_text(target, (size_t)(space - target)))
		return -1;
	if (space[tail - 2] != '\r' || space[tail - 1] != '\n' ||
		http1_check_version(space + 1, &r->minor) != 0)
		return -1;
	r->method = method_find((struct span){ r->head, method });
	r->target = (struct piece){ (uint16_t)(method + 1),
		(uint16_t)(space - target) };
	*end = (size_t)(space - r->head) + tail;
	return 0;
}

void
http1_init(struct http1 *h)
{
	static const char line[] = "GET / HTTP/1.1\r\n";
	static const http_parser_settings none;
	http_parser parser;

	_Static_assert(sizeof(parser) <= sizeof(h->start), "http-parser grew");
	http_parser_init(&parser, HTTP_REQUEST);
	http_parser_execute(&parser, &none, line, sizeof(line) - 1);
	memcpy(h->start, &parser, sizeof(parser));
	head_memo_init(&h->memo);
}

/* Parses the rest of the field section, which has a line that
 * take_known_fields() does not take. */
static bool
run_parser(struct http1 *h, struct request *r, const char *at, const char *end)
{
	struct reading reading = { .http1 = h, .request = r, .end = end };
	enum http_errno error;
	http_parser parser;

	memcpy(&parser, h->start, sizeof(parser));
	parser.data = &reading;
	for (;;) {
		at += http_parser_execute(
			&parser, &callbacks, at, (size_t)(end - at));
		error = HTTP_PARSER_ERRNO(&parser);
		if (error != HPE_PAUSED)
			break;
		http_parser_pause(&parser, 0);
		at = reading.resume;
	}
	r->head_len = (size_t)(at - r->head);
	return error == HPE_OK && reading.is_whole;
}

/*
 * Parses the field section that starts at offset from; false when it is
 * incomplete or malformed.
 */
static bool
read_fields(struct http1 *h, struct request *r, size_t from, size_t len)
{
	const char *end = r->head + len;
	const char *at = take_known_fields(r, r->head + from, end);

	/* All names were well-known: what is left is the empty line. */
	if (end - at >= 2 && at[0] == '\r' && at[1] == '\n') {
		r->head_len = (size_t)(at + 2 - r->head);
		return true;
	}
	return run_parser(h, r, at, end);
}

/* A request that is refused outlives what the next head overwrites. */
static int
refuse_head(struct request *r, int status)
{
	if (r->fields == r->few)
		return status;
	r->fields = r->few;
	r->nfields = 0;
	memset(r->count, 0, sizeof(r->count));
	return status;
}

/* Does what request_check() does; of known fields only the target is left. */
static int
check_head(struct http1 *h, struct request *r, const struct conf_limits *limits,
	struct arena *a, bool is_known)
{
	int status = is_known ? target_check(r, limits, a)
			      : request_check(r, limits, a);

	if (status == 0)
		head_memo_note(&h->memo, r, is_known);
	return status;
}

/* http1_read() without the memo of whole heads; http1_parse() if a is NULL. */
static int
parse_head(struct http1 *h, struct request *r, const char *bytes, size_t len,
	const struct conf_limits *limits, struct arena *a)
{
	size_t window = len, end;
	int status = 0;
	bool is_known;

	if ((int64_t)window > limits->head)
		window = (size_t)limits->head;
	r->head = bytes;
	r->is_http2 = r->has_content = r->is_websocket = false;
	r->nfields = 0;
	r->fields = r->few;
	r->fields_end = r->few + REQUEST_FEW;
	memset(r->count, 0, sizeof(r->count));
	if (read_request_line(r, window, &end) == -1)
		return http1_explain_missing(r, len, limits);
	is_known = a != NULL &&
		   head_memo_may_have_fields(&h->memo, window - end) &&
		   head_memo_take_fields(&h->memo, r, end);
	if (!is_known && !read_fields(h, r, end, window))
		return refuse_head(r, http1_explain_missing(r, len, limits));
	if ((int64_t)end - 2 > limits->request_line)
		return refuse_head(r, request_refuse(r, 414, HTTP1_LONG_LINE));
	if (!is_known)
		status = check_fields(r, end, limits);
	if (status == 0 && r->method == METHOD_UNKNOWN)
		status = request_refuse(r, 501, "an unknown method");
	if (status != 0)
		return refuse_head(r, status);
	return a == NULL ? 0 : check_head(h, r, limits, a, is_known);
}

bool
http1_is_whole(const char *bytes, size_t len, uint32_t *scanned)
{
	size_t from = *scanned > 3 ? *scanned - 3 : 0;

	*scanned = (uint32_t)len;
	return memmem(bytes + from, len - from, "\r\n\r\n", 4) != NULL;
}

int
http1_parse(struct http1 *h, struct request *r, const char *bytes, size_t len,
	const struct conf_limits *limits)
{
	return parse_head(h, r, bytes, len, limits, NULL);
}

/* Kept apart: where nothing is kept, http1_read() saves no registers. */
static int __attribute__((noinline))
read_repeated(struct http1 *h, struct request *r, const char *bytes, size_t len,
	const struct conf_limits *limits, struct arena *a)
{
	if (head_memo_take(&h->memo, r, bytes))
		return 0;
	return parse_head(h, r, bytes, len, limits, a);
}

int
http1_read(struct http1 *h, struct request *r, const char *bytes, size_t len,
	const struct conf_limits *limits, struct arena *a)
{
	return head_memo_may_have(&h->memo, len)
		       ? read_repeated(h, r, bytes, len, limits, a)
		       : parse_head(h, r, bytes, len, limits, a);
}
