/*
 * SPDX-License-Identifier: MIT
 */
#include "http2/http2_request.h"

#include <string.h>

#include "common/arena.h"
#include "common/conf.h"
#include "http/request.h"
#include "support/harness.h"

static const struct conf_limits limits = {
	.request_line = 64,
	.field = 128,
	.head = 1024,
	.fields = 8,
	.path_depth = 100,
};

/* Adds "name: value\n" lines; the first result that is not OK, or that of the
 * end. */
static enum http2_request_result
make_request(struct request *r, struct arena *a, const char *lines, int *status)
{
	enum http2_request_result result;
	struct http2_request h;
	const char *colon, *end;

	http2_request_init(&h, r, a, &limits);
	for (; *lines != '\0'; lines = end + 1) {
		colon = strchr(lines + 1, ':');
		end = strchr(lines, '\n');
		result = http2_request_add(&h,
			(struct span){ lines, (size_t)(colon - lines) },
			(struct span){ colon + 2, (size_t)(end - colon) - 2 });
		if (result != HTTP2_REQUEST_OK)
			return result;
	}
	return http2_request_end(&h, false, status);
}

#define PSEUDO ":method: GET\n:scheme: http\n:authority: a.example:80\n"

START_TEST(fields_become_a_head_of_http1)
{
	static const char head[] = "GET /x%20y?q HTTP/2.0\r\n"
				   "host: a.example:80\r\n"
				   "accept: */*\r\n"
				   "cookie: a=1; b=2\r\n\r\n";
	struct request r;
	struct arena a;
	int status;

	arena_init(&a, 1024, 0);
	ck_assert_int_eq(make_request(&r, &a,
				 PSEUDO ":path: /x%20y?q\ncookie: a=1\n"
					"accept: */*\ncookie: b=2\n"
					"cookie: \n",
				 &status),
		HTTP2_REQUEST_OK);
	ck_assert_int_eq(status, 0);
	ck_assert_uint_eq(r.head_len, sizeof(head) - 1);
	ck_assert_int_eq(memcmp(r.head, head, r.head_len), 0);
	ck_assert_int_eq(r.method, METHOD_GET);
	ck_assert(r.is_http2);
	ck_assert(span_is(r.host, SPAN("a.example")));
	ck_assert(span_is(r.path, SPAN("/x y")));
	ck_assert(span_is(r.query, SPAN("q")));
	ck_assert(span_is(request_value(&r, FIELD_ACCEPT), SPAN("*/*")));
	ck_assert(
		span_is(request_find(&r, SPAN("cookie"), 0), SPAN("a=1; b=2")));
	arena_fini(&a);
}
END_TEST

static const unsigned field_counts[] = { REQUEST_FEW - 1, REQUEST_FEW,
	REQUEST_FEW + 1, REQUEST_FEW + 2, 60, REQUEST_FIELDS };

/* They are short, so that the text of the head does not move. */
START_TEST(many_short_fields_are_kept)
{
	static const struct conf_limits wide = {
		.request_line = 64,
		.field = 128,
		.head = 65536,
		.fields = REQUEST_FIELDS,
		.path_depth = 100,
	};
	struct http2_request h;
	struct request r;
	struct arena a;
	int status;

	arena_init(&a, 1024, 0);
	http2_request_init(&h, &r, &a, &wide);
	http2_request_add(&h, SPAN(":method"), SPAN("GET"));
	http2_request_add(&h, SPAN(":scheme"), SPAN("http"));
	http2_request_add(&h, SPAN(":path"), SPAN("/%20"));
	http2_request_add(&h, SPAN(":authority"), SPAN("a"));
	for (unsigned i = 1; i < field_counts[_i]; i++) {
		char c = (char)('a' + i % 26);

		ck_assert_int_eq(http2_request_add(
					 &h, SPAN("x"), (struct span){ &c, 1 }),
			HTTP2_REQUEST_OK);
	}
	ck_assert_int_eq(
		http2_request_end(&h, false, &status), HTTP2_REQUEST_OK);
	ck_assert_int_eq(status, 0);
	memset(arena_alloc(&a, 4096), 0xff, 4096);
	ck_assert_uint_eq(r.nfields, field_counts[_i]);
	ck_assert(span_is(r.path, SPAN("/ ")));
	for (unsigned i = 1; i < r.nfields; i++) {
		struct span value = request_span(&r, r.fields[i].value);

		ck_assert_uint_eq(value.len, 1);
		ck_assert_int_eq(value.at[0], 'a' + i % 26);
	}
	arena_fini(&a);
}
END_TEST

#define X10        "xxxxxxxxxx"
#define X60        X10 X10 X10 X10 X10 X10
#define LINE(name) name ": " X60 "\n"

static const struct {
	const char *lines;
	enum http2_request_result result;
	int status;
} rows[] = {
	{ PSEUDO ":path: /\n", HTTP2_REQUEST_OK, 0 },
	{ PSEUDO ":path: /\nhost: A.example:80\n", HTTP2_REQUEST_OK, 0 },
	{ PSEUDO ":path: /\nhost: b.example\n", HTTP2_REQUEST_MALFORMED, 0 },
	{ PSEUDO ":path: x\n", HTTP2_REQUEST_MALFORMED, 0 },
	{ PSEUDO ":path: *\n", HTTP2_REQUEST_MALFORMED, 0 },
	{ PSEUDO ":path: /#\n", HTTP2_REQUEST_OK, 400 },
	{ PSEUDO ":path: /" X60 "\n", HTTP2_REQUEST_OK, 414 },
	{ PSEUDO ":path: /\na: " X60 X60 X10 "\n", HTTP2_REQUEST_OK, 431 },
	{ PSEUDO ":path: /\na: 1\nb: 1\nc: 1\nd: 1\ne: 1\nf: 1\ng: 1\n",
		HTTP2_REQUEST_OK, 0 },
	{ PSEUDO ":path: /\na: 1\nb: 1\nc: 1\nd: 1\ne: 1\nf: 1\ng: 1\nh: 1\n",
		HTTP2_REQUEST_OK, 431 },
	{ ":method: GET\n:scheme: ftp\n:authority: a\n:path: /\n",
		HTTP2_REQUEST_MALFORMED, 0 },
	{ ":method: GET\n:scheme: http\n:authority: u@a\n:path: /\n",
		HTTP2_REQUEST_OK, 400 },
	{ ":method: BREW\n:scheme: http\n:authority: a\n:path: /\n",
		HTTP2_REQUEST_OK, 501 },
	{ ":method: GET\n:scheme: http\n:authority: a/\n:path: /\n",
		HTTP2_REQUEST_MALFORMED, 0 },
	{ ":method: GET\n:scheme: http\n:authority: a\n:path: /\x7f" X60 "\n",
		HTTP2_REQUEST_MALFORMED, 0 },
	{ ":method: B:\n:scheme: http\n:authority: a\n:path: /\n",
		HTTP2_REQUEST_MALFORMED, 0 },
	{ PSEUDO ":path: /" X60 "\na: \x7f\n", HTTP2_REQUEST_MALFORMED, 0 },
	{ PSEUDO ":path: /" X60 "\ncontent-length: x\n",
		HTTP2_REQUEST_MALFORMED, 0 },
	{ PSEUDO ":path: /\ncontent-length: 1\n", HTTP2_REQUEST_MALFORMED, 0 },
	{ PSEUDO ":path: /\n:protocol: websocket\n", HTTP2_REQUEST_MALFORMED,
		0 },
	{ ":method: CONNECT\n:authority: a:1\n", HTTP2_REQUEST_OK, 501 },
	{ ":method: CONNECT\n:authority: a:1\n:path: /\n",
		HTTP2_REQUEST_MALFORMED, 0 },
	{ ":method: OPTIONS\n:scheme: http\n:authority: a\n:path: *\n",
		HTTP2_REQUEST_OK, 0 },
	{ PSEUDO ":path: /\n" LINE("a") LINE("b") LINE("c") LINE("d") LINE("e")
			LINE("f") LINE("g") LINE("h") LINE("i") LINE("j"),
		HTTP2_REQUEST_OK, 431 },
};

START_TEST(a_request_is_checked)
{
	struct request r;
	struct arena a;
	int status = 0;

	arena_init(&a, 1024, 0);
	ck_assert_int_eq(
		make_request(&r, &a, rows[_i].lines, &status), rows[_i].result);
	ck_assert_int_eq(status, rows[_i].status);
	arena_fini(&a);
}
END_TEST

/* RFC 7541: a few bytes may stand for many. */
START_TEST(a_list_that_does_not_end_is_given_up)
{
	struct http2_request h;
	struct request r;
	struct arena a;
	int n = 0;

	arena_init(&a, 1024, 0);
	http2_request_init(&h, &r, &a, &limits);
	while (http2_request_add(&h, SPAN("x"), SPAN("y")) == HTTP2_REQUEST_OK)
		n++;
	ck_assert_int_eq(n, (int)limits.head * 4 / 34);
	arena_fini(&a);
}
END_TEST

static const struct {
	size_t block;  /* of the arena, in bytes */
	size_t cookie; /* after so many fields */
} blocks[] = {
	{ 4096, 0 },
	{ 4096, 3 },
	{ 4096, 6 },
	{ 600, 0 },
	{ 600, 3 },
	{ 600, 6 },
};

/* A head grows in its place or moves; what is allocated next is behind it. */
START_TEST(a_head_stays_whole_while_it_grows)
{
	enum { FIELDS = 6, VALUE = 100 };
	char name[2] = "a", value[VALUE];
	struct http2_request h;
	struct request r;
	struct arena a;
	int status;

	arena_init(&a, blocks[_i].block, 0);
	http2_request_init(&h, &r, &a, &limits);
	http2_request_add(&h, SPAN(":method"), SPAN("PUT"));
	http2_request_add(&h, SPAN(":scheme"), SPAN("http"));
	http2_request_add(&h, SPAN(":authority"), SPAN("a"));
	http2_request_add(&h, SPAN(":path"), SPAN("/"));
	for (size_t i = 0; i <= FIELDS; i++) {
		name[0] = (char)('a' + i);
		memset(value, name[0], VALUE);
		if (i == blocks[_i].cookie)
			http2_request_add(&h, SPAN("cookie"), SPAN("b=c"));
		if (i < FIELDS)
			http2_request_add(&h, span_of(name),
				(struct span){ value, VALUE });
	}
	ck_assert_int_eq(
		http2_request_end(&h, false, &status), HTTP2_REQUEST_OK);
	ck_assert_int_eq(status, 0);
	memset(arena_alloc(&a, VALUE), '!', VALUE);
	ck_assert_int_eq(
		memcmp(r.head, "PUT / HTTP/2.0\r\nhost: a\r\n", 25), 0);
	for (size_t i = 0; i < FIELDS; i++) {
		name[0] = (char)('a' + i);
		memset(value, name[0], VALUE);
		ck_assert(span_is(request_find(&r, span_of(name), 0),
			(struct span){ value, VALUE }));
	}
	ck_assert(span_is(request_find(&r, SPAN("cookie"), 0), SPAN("b=c")));
	ck_assert_int_eq(memcmp(r.head + r.head_len - 4, "\r\n\r\n", 4), 0);
	arena_fini(&a);
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ fields_become_a_head_of_http1, 1 },
		{ many_short_fields_are_kept, ROWS(field_counts) },
		{ a_request_is_checked, ROWS(rows) },
		{ a_head_stays_whole_while_it_grows, ROWS(blocks) },
		{ a_list_that_does_not_end_is_given_up, 1 },
	};

	return harness_run("http2_request", tests, ROWS(tests));
}
