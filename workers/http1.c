/*
 * The request line is ours; in the fields http-parser finds the tokens, and
 * whether they may stand there is said here.  It is built lenient (bare LF,
 * folded lines, spaces in names, any bytes after a CR), so its word is not
 * enough: the tokens must tile the head.  Between them there is exactly what
 * RFC 9112 puts there, and nothing is left over.
 *
 * The parser looks at every byte for what it might mean, at some 25
 * instructions each.  So it is not shown what can be told without it: the lines
 * whose names are in a table, and the values.
 *
 *   GET SP target SP HTTP/1.1 CRLF  name ":" OWS value OWS CRLF  ...  CRLF
 *
 * SPDX-License-Identifier: MIT
 */
#include "http1.h"

#include <endian.h>
#include <http_parser.h>
#include <limits.h>

#include "octet.h"
#include "request.h"

enum {
	LONGEST_METHOD = 32,
	VERSION_LEN = sizeof("HTTP/1.1") - 1,
};

static size_t
token_length(const char *p, size_t len)
{
	size_t n = 0;

	while (n < len && octet_is_tchar(p[n]))
		n++;
	return n;
}

/* "HTTP/" DIGIT "." DIGIT: 0 and the minor; 505 for another major. */
static int
check_version(const char *p, int *minor)
{
	if (memcmp(p, "HTTP/", 5) != 0 || !octet_is_digit(p[5]) ||
		p[6] != '.' || !octet_is_digit(p[7]))
		return 400;
	if (p[5] != '1')
		return 505;
	/* RFC 9110 2.5: a higher minor version is served as our highest. */
	*minor = p[7] != '0';
	return 0;
}

/* ---- http-parser's callbacks: they keep what it found ------------------- */

struct reading {
	struct request *request;
	const char *end;    /* of the bytes */
	const char *resume; /* where the parser goes on after a pause */
	bool is_whole;
};

typedef unsigned char block __attribute__((vector_size(16)));

/* Index of the first control byte in a block; its size: none. */
static size_t
find_in_block(const char *p)
{
	uint64_t halves[2];
	block bytes, is_control;

	memcpy(&bytes, p, sizeof(bytes));
	is_control = (block)((bytes < ' ') | (bytes == 0x7f));
	memcpy(halves, &is_control, sizeof(halves));
	if (halves[0] != 0)
		return (size_t)__builtin_ctzll(le64toh(halves[0])) / 8;
	if (halves[1] != 0)
		return 8 + (size_t)__builtin_ctzll(le64toh(halves[1])) / 8;
	return sizeof(block);
}

/* The first byte that may not stand in a field value (RFC 9110 5.5), or
 * end. */
static const char *
find_control(const char *p, const char *end)
{
	while (end - p >= (ptrdiff_t)sizeof(block)) {
		size_t n = find_in_block(p);

		p += n;
		if (n < sizeof(block) && *p++ != '\t')
			return p - 1;
	}
	while (p < end && octet_is_text(*p))
		p++;
	return p;
}

static bool
is_text(const char *p, size_t len)
{
	return find_control(p, p + len) == p + len;
}

/* Keeps a field; its value is told later, or never. */
static struct request_field *
add_field(struct request *r, struct span name)
{
	struct request_field *f = &r->fields[r->nfields];

	f->name = (struct piece){ (uint16_t)(name.at - r->head),
		(uint16_t)name.len };
	f->value = (struct piece){ 0, 0 };
	f->id = (uint8_t)field_find(name);
	f->is_plain = false;
	return f;
}

/* The value between a colon and a CR; where that stands, or NULL. */
static const char *
take_value(struct reading *h, struct request_field *f, const char *from)
{
	const char *end = find_control(from, h->end);

	if (end == h->end || *end != '\r')
		return NULL;
	while (*from == ' ' || *from == '\t')
		from++;
	f->value = (struct piece){ (uint16_t)(from - h->request->head),
		(uint16_t)(end - from) };
	return end;
}

/* Is here a line end, and after it one that does not go on with the value? */
static bool
is_line_end(const struct reading *h, const char *at)
{
	return h->end - at > 2 && at[0] == '\r' && at[1] == '\n' &&
	       at[2] != ' ' && at[2] != '\t';
}

/* Takes the lines from here on whose names are known; where the next one
 * begins. */
static const char *
take_known(struct reading *h, const char *at)
{
	enum { LONGEST = 32 };
	struct request *r = h->request;

	while (r->nfields < REQUEST_FIELDS && at < h->end && *at != '\r') {
		size_t room = (size_t)(h->end - at);
		const char *end =
			memchr(at, ':', room < LONGEST ? room : LONGEST);
		struct request_field *f;

		if (end == NULL)
			break;
		f = add_field(r, (struct span){ at, (size_t)(end - at) });
		if (f->id == FIELD_OTHER)
			break;
		end = take_value(h, f, end + 1);
		if (end == NULL || !is_line_end(h, end))
			break;
		f->is_plain = end[-1] != ' ' && end[-1] != '\t';
		r->nfields++;
		at = end + 2;
	}
	return at;
}

/* The parser has told a name.  It goes on at the end of the value, or of the
 * known lines that follow: there it finds an empty value. */
static void
take_rest(http_parser *parser, struct request_field *f)
{
	struct reading *h = parser->data;
	const char *colon = h->request->head + f->name.at + f->name.len, *end;

	/* It also tells of a name that the bytes break off in; and it takes
	 * no length that is empty. */
	if (colon == h->end || *colon != ':' || f->id == FIELD_CONTENT_LENGTH)
		return;
	end = take_value(h, f, colon + 1);
	if (end == NULL)
		return;
	if (is_line_end(h, end))
		end = take_known(h, end + 2) - 2;
	h->resume = end;
	http_parser_pause(parser, 1);
}

static int
on_field(http_parser *parser, const char *at, size_t len)
{
	struct request *r = ((struct reading *)parser->data)->request;
	struct request_field *f;

	if (r->nfields == REQUEST_FIELDS)
		return 1; /* too many */
	f = add_field(r, (struct span){ at, len });
	r->nfields++;
	take_rest(parser, f);
	return 0;
}

static int
on_value(http_parser *parser, const char *at, size_t len)
{
	struct request *r = ((struct reading *)parser->data)->request;
	struct request_field *f = &r->fields[r->nfields - 1];

	if (r->nfields == 0)
		return 1;
	/* RFC 9112 5.2: two values are a line that is folded. */
	if (f->value.at != 0)
		return len > 0;
	f->value = (struct piece){ (uint16_t)(at - r->head), (uint16_t)len };
	return 0;
}

/* 2: whatever the parser makes of the fields, nothing of the head follows. */
static int
on_head(http_parser *parser)
{
	((struct reading *)parser->data)->is_whole = true;
	return 2;
}

static const http_parser_settings callbacks = {
	.on_header_field = on_field,
	.on_header_value = on_value,
	.on_headers_complete = on_head,
};

/* ---- the verdict on what it found --------------------------------------- */

/*
 * Where field line i of the head begins that starts at at; its end, past its
 * CRLF, or 0 when the line is not what RFC 9112 5 says.
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
	/* 5.1: no space before the colon; RFC 9110 5.1: a name is a token, and
	 * http-parser lets spaces pass in it. */
	if (name.len == 0 || r->head[p] != ':' ||
		memchr(name.at, ' ', name.len) != NULL)
		return 0;
	for (p++; r->head[p] == ' ' || r->head[p] == '\t'; p++)
		;
	/* 5.2: a line that is folded has two values, or one that is not at
	 * its place. */
	if (f->value.at != p && f->value.len > 0)
		return 0;
	end = p + f->value.len;
	/* RFC 9110 5.5: http-parser looks at all bytes of a value but one. */
	if (end > p && !octet_is_text(r->head[p]))
		return 0;
	for (f->value = (struct piece){ (uint16_t)p, f->value.len };
		f->value.len > 0 &&
		(r->head[p + f->value.len - 1] == ' ' ||
			r->head[p + f->value.len - 1] == '\t');
		f->value.len--)
		;
	/* 2.2: CRLF ends a line; a CR or LF alone does nothing but harm. */
	if (r->head[end] != '\r' || r->head[end + 1] != '\n')
		return 0;
	return end + 2;
}

static void
count_field(struct request *r, unsigned i)
{
	struct request_field *f = &r->fields[i];

	if (r->count[f->id]++ == 0)
		r->first[f->id] = (uint8_t)i;
}

static int
check_fields(struct request *r, size_t at, const struct conf_limits *limits)
{
	if (r->nfields > limits->fields)
		return 431;
	for (unsigned i = 0; i < r->nfields; i++) {
		size_t next = check_field(r, &r->fields[i], at);

		if (next == 0)
			return 400;
		if ((int64_t)(next - at) - 2 > limits->field)
			return 431;
		count_field(r, i);
		at = next;
	}
	if (at + 2 != r->head_len || r->head[at] != '\r' ||
		r->head[at + 1] != '\n')
		return 400;
	return 0;
}

/*
 * RFC 9112 3: a token, one SP, the target, one SP, the version.  *end: past
 * its CRLF.  0; -1 when it is not complete, or not that.  What may stand in a
 * target is target_check()'s.
 */
static int
read_request_line(struct request *r, size_t len, size_t *end)
{
	size_t method = token_length(
		r->head, len < LONGEST_METHOD ? len : LONGEST_METHOD);
	const char *target = r->head + method + 1, *space;
	size_t tail = 1 + VERSION_LEN + 2;

	if (method == 0 || method + 1 >= len || target[-1] != ' ')
		return -1;
	space = memchr(target, ' ', len - method - 1);
	if (space == NULL || space == target ||
		(size_t)(r->head + len - space) < tail ||
		!is_text(target, (size_t)(space - target)))
		return -1;
	if (space[tail - 2] != '\r' || space[tail - 1] != '\n' ||
		check_version(space + 1, &r->minor) != 0)
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
}

/* Takes the fields apart; false when they are not complete, or not that. */
static bool
read_fields(const struct http1 *h, struct request *r, size_t from, size_t len)
{
	struct reading reading = { .request = r, .end = r->head + len };
	const char *at = take_known(&reading, r->head + from);
	enum http_errno error;
	http_parser parser;

	memcpy(&parser, h->start, sizeof(parser));
	parser.data = &reading;
	for (;;) {
		at += http_parser_execute(
			&parser, &callbacks, at, (size_t)(reading.end - at));
		error = HTTP_PARSER_ERRNO(&parser);
		if (error != HPE_PAUSED)
			break;
		http_parser_pause(&parser, 0);
		at = reading.resume;
	}
	r->head_len = (size_t)(at - r->head);
	return error == HPE_OK && reading.is_whole;
}

/* No head was found: is it still to come, or what is wrong? */
static int
check_missing(
	const struct request *r, size_t len, const struct conf_limits *limits)
{
	const char *end = memmem(r->head, len, "\r\n\r\n", 4);
	int status = http1_check_partial(r->head,
		end == NULL ? len : (size_t)(end + 4 - r->head), limits);

	/* The same bytes get the same answer, however they come. */
	if (status != 0 || end == NULL)
		return status != 0 ? status : HTTP1_PARTIAL;
	return r->nfields == REQUEST_FIELDS ? 431 : 400;
}

int
http1_parse(const struct http1 *h, struct request *r, const char *bytes,
	size_t len, const struct conf_limits *limits)
{
	size_t window = len, end;
	int status;

	if ((int64_t)window > limits->head)
		window = (size_t)limits->head;
	r->head = bytes;
	r->nfields = 0;
	memset(r->count, 0, sizeof(r->count));
	if (read_request_line(r, window, &end) == -1 ||
		!read_fields(h, r, end, window))
		return check_missing(r, len, limits);
	if ((int64_t)end - 2 > limits->request_line)
		return 414;
	status = check_fields(r, end, limits);
	if (status != 0)
		return status;
	return r->method == METHOD_UNKNOWN ? 501 : 0;
}

bool
http1_is_whole(const char *bytes, size_t len, uint32_t *scanned)
{
	size_t from = *scanned > 3 ? *scanned - 3 : 0;

	*scanned = (uint32_t)len;
	return memmem(bytes + from, len - from, "\r\n\r\n", 4) != NULL;
}

/* ---- a head that is not complete ---------------------------------------- */

/* The start of a request line: a token, a space, and no control byte. */
static int
check_partial_line(const char *p, size_t len)
{
	size_t method = token_length(p, len);

	if (method == len)
		return method > LONGEST_METHOD ? 400 : 0;
	if (method == 0 || method > LONGEST_METHOD || p[method] != ' ')
		return 400;
	return is_text(p, len) ? 0 : 400;
}

static int
check_whole_line(const char *p, size_t len)
{
	int minor;

	if (len < VERSION_LEN + 1 || p[len - VERSION_LEN - 1] != ' ')
		return 400;
	return check_version(p + len - VERSION_LEN, &minor);
}

int
http1_check_partial(
	const char *bytes, size_t len, const struct conf_limits *limits)
{
	const char *lf = memchr(bytes, '\n', len), *p, *end = bytes + len;
	size_t line = lf == NULL ? len : (size_t)(lf - bytes);
	size_t cr = line > 0 && bytes[line - 1] == '\r';
	int status;

	/* A CR at the end of what is here may yet be half of a line end. */
	if (lf != NULL && cr == 0)
		return 400;
	line -= cr;
	status =
		check_partial_line(bytes, (int64_t)line > limits->request_line
						  ? (size_t)limits->request_line
						  : line);
	if (status != 0)
		return status;
	if ((int64_t)line > limits->request_line)
		return 414;
	if (lf != NULL && (status = check_whole_line(bytes, line)) != 0)
		return status;
	while (lf != NULL) {
		p = lf + 1;
		lf = memchr(p, '\n', (size_t)(end - p));
		line = (size_t)((lf == NULL ? end : lf) - p);
		if (lf != NULL && (line == 0 || p[line - 1] != '\r'))
			return 400;
		if ((int64_t)line - 2 > limits->field)
			return 431;
	}
	return (int64_t)len > limits->head ? 431 : 0;
}
