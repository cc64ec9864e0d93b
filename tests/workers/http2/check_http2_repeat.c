/*
 * SPDX-License-Identifier: MIT
 */
#include "http2/http2_repeat.h"

#include <string.h>

#include "common/arena.h"
#include "common/conf.h"
#include "http/request.h"
#include "http2/http2_request.h"
#include "support/harness.h"

enum { PLAIN = 0x5, PADDED = 0x8, PRIORITY = 0x20 };

static struct http2_repeat repeat;
static uint32_t last_id;

static void
set_up(void)
{
	memset(&repeat, 0, sizeof(repeat));
	last_id = 0;
}

static void
tear_down(void)
{
	http2_repeat_fini(&repeat);
}

static enum http2_repeat_kind
find(enum http2_type type, unsigned flags, uint32_t id, const char *block,
	size_t len)
{
	static char frame[HTTP2_FRAME_HEAD + 1024];
	struct http2_frame_head head = {
		.size = HTTP2_FRAME_HEAD + len,
		.type = type,
		.flags = flags,
		.id = id,
	};

	memcpy(frame + HTTP2_FRAME_HEAD, block, len);
	return http2_repeat_find(&repeat, &head, frame);
}

static enum http2_repeat_kind
find_next(const char *block, size_t len)
{
	last_id += 2;
	return find(HTTP2_HEADERS, PLAIN, last_id - 1, block, len);
}

static const struct conf_limits limits = {
	.request_line = 64,
	.field = 4096,
	.head = 8192,
	.fields = 8,
	.path_depth = 100,
};

/* The request of GET http://a and this path and field. */
static void
make_request(struct request *r, struct arena *a, const char *path,
	const char *name, const char *value)
{
	struct http2_request h;
	int status;

	http2_request_init(&h, r, a, &limits);
	http2_request_add(&h, SPAN(":method"), SPAN("GET"));
	http2_request_add(&h, SPAN(":scheme"), SPAN("http"));
	http2_request_add(&h, SPAN(":path"), span_of(path));
	http2_request_add(&h, SPAN(":authority"), SPAN("a"));
	http2_request_add(&h, span_of(name), span_of(value));
	ck_assert_int_eq(
		http2_request_end(&h, false, &status), HTTP2_REQUEST_OK);
	ck_assert_int_eq(status, 0);
}

#define TEN(s) s s s s s s s s s s

#define BLOCK     "\x82\x86\x84\x41\x8a"
#define BLOCK_LEN 3 /* without the field that is added */

/* Sends it until it is kept. */
static void
keep_block(const char *path, const char *name, const char *value)
{
	const struct http2_priority priority = { .urgency = 2 };
	struct request r;
	struct arena a;

	arena_init(&a, 1024, 0);
	ck_assert_int_eq(find_next(BLOCK, BLOCK_LEN), HTTP2_REPEAT_OTHER);
	ck_assert_int_eq(find_next(BLOCK, BLOCK_LEN), HTTP2_REPEAT_SECOND);
	make_request(&r, &a, path, name, value);
	http2_repeat_keep(&repeat, &r, &priority);
	arena_fini(&a);
}

START_TEST(a_block_that_came_twice_is_known)
{
	struct request r;
	struct arena a;

	arena_init(&a, 1024, 0);
	keep_block("/x/y?q", "accept", "*/*");
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(
			find_next(BLOCK, BLOCK_LEN), HTTP2_REPEAT_KNOWN);
		ck_assert_uint_eq(
			http2_repeat_take(&repeat, &r, &a)->urgency, 2);
		ck_assert(span_is(r.host, SPAN("a")));
		ck_assert(span_is(r.path, SPAN("/x/y")));
		ck_assert(span_is(r.query, SPAN("q")));
		ck_assert(
			span_is(request_value(&r, FIELD_ACCEPT), SPAN("*/*")));
		ck_assert(r.head != NULL && r.is_http2);
		ck_assert_int_eq(r.method, METHOD_GET);
	}
	http2_repeat_fini(&repeat);
	ck_assert(span_is(r.path, SPAN("/x/y")));
	arena_fini(&a);
}
END_TEST

static const struct {
	const char *path, *name, *value;
} unkept[] = {
	{ "/%41", "accept", "*/*" },
	{ "/x/../y", "accept", "*/*" },
	{ "/", "authorization", "Basic YTpi" },
	{ "/", "content-length", "0" },
	{ "/", "expect", "100-continue" },
	/* Few bytes may refer to long ones in the table. */
	{ "/", "x", TEN(TEN(TEN("yyy"))) },
};

START_TEST(some_requests_are_looked_at_each_time)
{
	keep_block(unkept[_i].path, unkept[_i].name, unkept[_i].value);
	ck_assert_int_eq(find_next(BLOCK, BLOCK_LEN), HTTP2_REPEAT_SECOND);
}
END_TEST

/* What comes between, and what the same block is then. */
static const struct {
	enum http2_type type;
	unsigned flags;
	const char *block;
	size_t len;
	enum http2_repeat_kind then;
} between[] = {
	{ HTTP2_HEADERS, PLAIN, "\x82\x86\x84", 3, HTTP2_REPEAT_KNOWN },
	{ HTTP2_HEADERS, PLAIN, "\x82", 1, HTTP2_REPEAT_KNOWN },
	{ HTTP2_HEADERS, PLAIN, "", 0, HTTP2_REPEAT_KNOWN },
	{ HTTP2_HEADERS, PLAIN, "\xff\x80\x01", 3, HTTP2_REPEAT_KNOWN },
	{ HTTP2_HEADERS, PLAIN, "\x04\x81z", 3, HTTP2_REPEAT_KNOWN },
	{ HTTP2_HEADERS, PLAIN, "\x1f\x20\x01z", 4, HTTP2_REPEAT_KNOWN },
	{ HTTP2_HEADERS, PLAIN, "\0\1x\1y", 5, HTTP2_REPEAT_KNOWN },
	{ HTTP2_HEADERS, PLAIN, "\x10\1x\0", 4, HTTP2_REPEAT_KNOWN },
	{ HTTP2_HEADERS, 0, "\x82", 1, HTTP2_REPEAT_KNOWN },
	{ HTTP2_HEADERS, PLAIN | PRIORITY, "\0\0\0\0@\x82", 6,
		HTTP2_REPEAT_KNOWN },
	{ HTTP2_DATA, 0, "\x40", 1, HTTP2_REPEAT_KNOWN },
	{ HTTP2_SETTINGS, 0, "\x40", 1, HTTP2_REPEAT_KNOWN },
	/* These may change the table, or are malformed. */
	{ HTTP2_HEADERS, PLAIN, "\x40\1x\1y", 5, HTTP2_REPEAT_OTHER },
	{ HTTP2_HEADERS, PLAIN, "\x7f\x01\1y", 4, HTTP2_REPEAT_OTHER },
	{ HTTP2_HEADERS, 0, "\x41\1y", 3, HTTP2_REPEAT_OTHER },
	{ HTTP2_HEADERS, PLAIN, "\x82\x41\1y", 4, HTTP2_REPEAT_OTHER },
	{ HTTP2_HEADERS, PLAIN, "\x20", 1, HTTP2_REPEAT_OTHER },
	{ HTTP2_HEADERS, PLAIN, "\x3f\xe1\x1f\x82", 4, HTTP2_REPEAT_OTHER },
	{ HTTP2_HEADERS, PLAIN | PRIORITY, "\x82", 1, HTTP2_REPEAT_OTHER },
	{ HTTP2_HEADERS, PLAIN | PRIORITY, "\x82\x82\x82\x82\x82\x40\0\0", 8,
		HTTP2_REPEAT_OTHER },
	{ HTTP2_HEADERS, PLAIN | PADDED, "\0\x82", 2, HTTP2_REPEAT_OTHER },
	{ HTTP2_HEADERS, PLAIN, "\xff", 1, HTTP2_REPEAT_OTHER },
	{ HTTP2_HEADERS, PLAIN, "\xff\x80\x80\x80", 4, HTTP2_REPEAT_OTHER },
	{ HTTP2_HEADERS, PLAIN, "\0\1x\2y", 5, HTTP2_REPEAT_OTHER },
	{ HTTP2_HEADERS, PLAIN, "\0\1x", 3, HTTP2_REPEAT_OTHER },
	{ HTTP2_HEADERS, PLAIN, "\0", 1, HTTP2_REPEAT_OTHER },
	{ HTTP2_CONTINUATION, 0, "\x82", 1, HTTP2_REPEAT_OTHER },
};

START_TEST(a_change_of_the_table_drops_what_is_kept)
{
	keep_block("/", "accept", "*/*");
	last_id += 2;
	find(between[_i].type, between[_i].flags, last_id - 1,
		between[_i].block, between[_i].len);
	ck_assert_int_eq(find_next(BLOCK, BLOCK_LEN), between[_i].then);
	/* It has to come twice again. */
	if (between[_i].then == HTTP2_REPEAT_OTHER)
		ck_assert_int_eq(
			find_next(BLOCK, BLOCK_LEN), HTTP2_REPEAT_SECOND);
}
END_TEST

/* Pseudo fields in trailers are malformed. */
START_TEST(only_a_request_is_known)
{
	keep_block("/", "accept", "*/*");
	ck_assert_int_eq(
		find(HTTP2_HEADERS, PLAIN, last_id - 1, BLOCK, BLOCK_LEN),
		HTTP2_REPEAT_OTHER);
	ck_assert_int_eq(
		find(HTTP2_HEADERS, 0x4, last_id + 1, BLOCK, BLOCK_LEN),
		HTTP2_REPEAT_OTHER);
	ck_assert_int_eq(
		find(HTTP2_HEADERS, PLAIN, last_id + 1, BLOCK, BLOCK_LEN),
		HTTP2_REPEAT_OTHER);
	ck_assert_int_eq(
		find(HTTP2_HEADERS, PLAIN, last_id + 3, BLOCK, BLOCK_LEN),
		HTTP2_REPEAT_KNOWN);
	ck_assert_int_eq(
		find(HTTP2_HEADERS, PLAIN, last_id + 5, BLOCK, BLOCK_LEN - 1),
		HTTP2_REPEAT_OTHER);
}
END_TEST

int
main(void)
{
	static const struct harness_fixture fixture = { .setup = set_up,
		.teardown = tear_down };
	struct harness_test tests[] = {
		{ a_block_that_came_twice_is_known, 1 },
		{ some_requests_are_looked_at_each_time, ROWS(unkept) },
		{ a_change_of_the_table_drops_what_is_kept, ROWS(between) },
		{ only_a_request_is_known, 1 },
	};

	return harness_run_with(&fixture, "http2_repeat", tests, ROWS(tests));
}
