/*
 * Semantic checks of well-formed heads, and the members that they yield.
 * SPDX-License-Identifier: MIT
 */
#include "http/request.h"

#include <stdio.h>

#include "http/http1.h"
#include "support/fake_worker_head.h"
#include "support/harness.h"

#define HTTP11 " HTTP/1.1\r\nHost: a\r\n"
#define GET    "GET /" HTTP11
#define POST   "POST /" HTTP11
#define END    "\r\n"
#define TEXT(s)                                                                \
	{                                                                      \
		s, sizeof(s) - 1                                               \
	}
#define BAD(text)                                                              \
	{                                                                      \
		TEXT(text), 400                                                \
	}

// clang-format off
static const struct {
	struct span head;
	int status;
} verdicts[] = {
	/* RFC 9112 3.2: exactly one Host. */
	BAD("GET / HTTP/1.1\r\n" END),
	BAD("GET / HTTP/1.1\r\nHost:\r\n" END),
	BAD("GET / HTTP/1.0\r\nHost:\r\n" END),
	BAD(GET "Host: a\r\n" END),
	BAD(GET "Host: b\r\n" END),
	BAD(GET "hOST: a\r\n" END),
	BAD("GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n" END),
	BAD("GET / HTTP/1.1\r\nHost: a b\r\n" END),
	BAD("GET / HTTP/1.1\r\nHost: a, b\r\n" END),
	BAD("GET / HTTP/1.1\r\nHost: a:x\r\n" END),
	BAD("GET / HTTP/1.1\r\nHost: http://a/\r\n" END),
	BAD("GET / HTTP/1.1\r\nHost: u@a\r\n" END),
	/* RFC 9112 6.3: one length, of digits. */
	BAD(POST "Content-Length:\r\n" END),
	BAD(POST "Content-Length: +1\r\n" END),
	BAD(POST "Content-Length: -1\r\n" END),
	BAD(POST "Content-Length: 0x1\r\n" END),
	BAD(POST "Content-Length: 1 2\r\n" END),
	BAD(POST "Content-Length: 1, 1\r\n" END),
	BAD(POST "Content-Length: 1,\r\n" END),
	BAD(POST "Content-Length: 1.0\r\n" END),
	BAD(POST "Content-Length: 1e1\r\n" END),
	BAD(POST "Content-Length: one\r\n" END),
	BAD(POST "Content-Length: \"1\"\r\n" END),
	BAD(POST "Content-Length: 1\r\nContent-Length: 1\r\n" END),
	BAD(POST "Content-Length: 1\r\nContent-Length: 2\r\n" END),
	BAD(POST "Content-Length: 1\r\nX: y\r\ncontent-length: 1\r\n" END),
	/* RFC 9112 6.1: a length and a coding, or two codings. */
	BAD(POST "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n" END),
	BAD(POST "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n" END),
	BAD(POST "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n" END),
	BAD(POST "Content-Length: 1\r\nTransfer-Encoding: gzip\r\n" END),
	BAD(POST "Transfer-Encoding: chunked\r\n"
		"Transfer-Encoding: chunked\r\n" END),
	BAD(POST "Transfer-Encoding: gzip\r\n"
		"Transfer-Encoding: chunked\r\n" END),
	BAD(POST "Transfer-Encoding:\r\n" END),
	{ TEXT(POST "Transfer-Encoding: gzip, chunked\r\n" END), 501 },
	BAD(POST "Transfer-Encoding: chunked, gzip\r\n" END),
	BAD(POST "Transfer-Encoding: chunked, chunked\r\n" END),
	BAD(POST "Transfer-Encoding: chunked,\r\n" END),
	BAD(POST "Transfer-Encoding: ,chunked\r\n" END),
	BAD("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n" END),
	BAD(POST "Transfer-Encoding: gzip\r\n" END),
	BAD(POST "Transfer-Encoding: identity\r\n" END),
	BAD(POST "Transfer-Encoding: xchunked\r\n" END),
	BAD(POST "Transfer-Encoding: chunkedx\r\n" END),
	BAD(POST "Transfer-Encoding: \"chunked\"\r\n" END),
	BAD(POST "Transfer-Encoding: chunked;a=b\r\n" END),
	/* A length beyond int64_t. */
	{ TEXT(POST "Content-Length: 9223372036854775808\r\n" END), 413 },
	/* RFC 9110 10.1.1. */
	{ TEXT(POST "Expect: 200-ok\r\n" END), 417 },
	{ TEXT(POST "Expect: 100-continue, x\r\n" END), 417 },
	{ TEXT(POST "Expect: x,\r\nExpect: 100-continue\r\n" END), 417 },
	{ TEXT(POST "Expect: 100-continue\r\nExpect: x\r\n" END), 417 },
	{ TEXT(POST "Expect: \"100-continue\"\r\n" END), 417 },
	{ TEXT(POST "Expect: 100-continue;a=b\r\n" END), 417 },
	{ TEXT("POST / HTTP/1.0\r\nExpect: 200-ok\r\n" END), 0 },
	/* RFC 9112 3.2: a form of target for each method. */
	BAD("GET *" HTTP11 END),
	BAD("GET a" HTTP11 END),
	BAD("GET a:80" HTTP11 END),
	BAD("OPTIONS **" HTTP11 END),
	BAD("OPTIONS *?a" HTTP11 END),
	BAD("GET http://b/" HTTP11 END),
	BAD("GET http:///" HTTP11 END),
	BAD("GET http://u@a/" HTTP11 END),
	BAD("GET http:/a/" HTTP11 END),
	BAD("GET ftp://a/" HTTP11 END),
	/* RFC 9110 4.2.3: Host may differ in case, default port and dot. */
	BAD("GET http://a:81/" HTTP11 END),
	BAD("GET https://a:80/" HTTP11 END),
	BAD("GET http://a:443/" HTTP11 END),
	BAD("GET http://a../" HTTP11 END),
	{ TEXT("GET http://a:80/" HTTP11 END), 0 },
	{ TEXT("GET http://a:/" HTTP11 END), 0 },
	{ TEXT("GET https://A:443/" HTTP11 END), 0 },
	{ TEXT("GET http://a./" HTTP11 END), 0 },
	{ TEXT("GET http://a/ HTTP/1.1\r\nHost: A.:080\r\n" END), 0 },
	{ TEXT("GET http://[::1]/ HTTP/1.1\r\nHost: [::1]:80\r\n" END), 0 },
	{ TEXT("GET http://a:81/ HTTP/1.1\r\nHost: a:81\r\n" END), 0 },
	BAD("GET http://a/#b" HTTP11 END),
	BAD("GET /#b" HTTP11 END),
	BAD("GET /\xc3\xa4" HTTP11 END),
	BAD("GET /<" HTTP11 END),
	BAD("GET /\"" HTTP11 END),
	BAD("GET /?\"" HTTP11 END),
	BAD("GET /%00" HTTP11 END),
	BAD("GET /%" HTTP11 END),
	{ TEXT("CONNECT a:443" HTTP11 END), 501 },
	{ TEXT("TRACE /" HTTP11 END), 501 },
	/* Valid heads. */
	{ TEXT(GET END), 0 },
	{ TEXT("GET / HTTP/1.0\r\n" END), 0 },
	{ TEXT("GET http://a/" HTTP11 END), 0 },
	{ TEXT("GET HTTPS://A?b" HTTP11 END), 0 },
	{ TEXT("OPTIONS *" HTTP11 END), 0 },
	{ TEXT(POST "Content-Length: 9223372036854775807\r\n" END), 413 },
	{ TEXT(POST "Content-Length: 900000000000000000\r\n" END), 0 },
	{ TEXT(POST "Content-Length: 0000000000000000000000000005\r\n" END),
	  0 },
	{ TEXT(POST "Transfer-Encoding: chunked\r\n" END), 0 },
	{ TEXT(POST "Transfer-Encoding:\tCHUNKed \r\n" END), 0 },
	{ TEXT(POST "Expect: 100-Continue\r\nContent-Length: 1\r\n" END), 0 },
	{ TEXT(GET "Upgrade: h2c\r\nConnection: Upgrade\r\n" END), 0 },
};

static const struct {
	struct span head;
	int64_t length;
	bool is_chunked, wants_close, expects;
	const char *host, *path, *query;
} found[] = {
	{ TEXT(GET END), -1, 0, 0, 0, "a", "/", "" },
	{ TEXT("GET /b?c=d?e HTTP/1.1\r\nHost: B.com:80\r\n" END), -1, 0, 0, 0,
	  "B.com", "/b", "c=d?e" },
	{ TEXT("GET /%41/../b/ HTTP/1.1\r\nHost: [::1]:80\r\n" END), -1, 0, 0,
	  0, "[::1]", "/b/", "" },
	{ TEXT("GET http://a/b?c" HTTP11 END), -1, 0, 0, 0, "a", "/b", "c" },
	{ TEXT("GET http://a" HTTP11 END), -1, 0, 0, 0, "a", "/", "" },
	{ TEXT("GET http://a?b" HTTP11 END), -1, 0, 0, 0, "a", "/", "b" },
	{ TEXT("OPTIONS *" HTTP11 END), -1, 0, 0, 0, "a", "*", "" },
	{ TEXT("GET /? HTTP/1.0\r\n" END), -1, 0, 1, 0, "", "/", "" },
	{ TEXT("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n" END), -1, 0, 0, 0,
	  "", "/", "" },
	{ TEXT("GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n" END), -1,
	  0, 1, 0, "", "/", "" },
	{ TEXT(GET "Connection: Close\r\n" END), -1, 0, 1, 0, "a", "/", "" },
	{ TEXT(GET "Connection: x\r\nConnection: y ,\tclose\t,z\r\n" END), -1,
	  0, 1, 0, "a", "/", "" },
	{ TEXT(GET "Connection: closed, unclose, keep-alive\r\n" END), -1, 0, 0,
	  0, "a", "/", "" },
	{ TEXT(POST "Content-Length: 00\r\n" END), 0, 0, 0, 0, "a", "/", "" },
	{ TEXT(POST "Content-Length: 012\r\nExpect: 100-continue\r\n" END), 12,
	  0, 0, 1, "a", "/", "" },
	{ TEXT(POST "Expect: 100-continue\r\n" END), -1, 0, 0, 0, "a", "/",
	  "" },
	{ TEXT(POST "Transfer-Encoding: Chunked\r\nExpect: 100-continue\r\n"
		END), -1, 1, 0, 1, "a", "/", "" },
	{ TEXT(POST "Content-Length: 1\r\nExpect:\r\n" END), 1, 0, 0, 0, "a",
	  "/", "" },
	{ TEXT(POST "Content-Length: 1\r\nExpect: ,100-continue, ,\r\n" END),
	  1, 0, 0, 1, "a", "/", "" },
	{ TEXT(POST "Content-Length: 1\r\nExpect: 100-continue\r\n"
		"Expect: 100-continue\r\n" END), 1, 0, 0, 1, "a", "/", "" },
	{ TEXT("POST / HTTP/1.0\r\nContent-Length: 1\r\n"
		"Expect: 100-continue\r\n" END), 1, 0, 1, 0, "", "/", "" },
};

static const struct {
	const char *name;
	enum method method;
} methods[] = {
	{ "GET", METHOD_GET }, { "HEAD", METHOD_HEAD }, { "POST", METHOD_POST },
	{ "PUT", METHOD_PUT }, { "DELETE", METHOD_DELETE },
	{ "CONNECT", METHOD_CONNECT }, { "OPTIONS", METHOD_OPTIONS },
	{ "TRACE", METHOD_TRACE }, { "PATCH", METHOD_PATCH },
	{ "get", METHOD_UNKNOWN }, { "GE", METHOD_UNKNOWN },
	{ "GETS", METHOD_UNKNOWN }, { "", METHOD_UNKNOWN },
};
// clang-format on

static struct arena arena;
static struct request r;

static void
set_up(void)
{
	arena_init(&arena, 4096, 0);
}

START_TEST(a_head_is_accepted_or_refused_with_its_status)
{
	struct span head = verdicts[_i].head;
	int status;

	set_up();
	status = fake_worker_verdict(&r, head.at, head.len, &arena);
	ck_assert_msg(status == verdicts[_i].status, "%d, not %d: %s", status,
		verdicts[_i].status, head.at);
	arena_fini(&arena);
}
END_TEST

START_TEST(a_split_head_gets_the_same_status)
{
	fake_worker_check_pieces(verdicts[_i].head, verdicts[_i].status);
}
END_TEST

static void
assert_found(int i)
{
	ck_assert_int_eq(r.content_length, found[i].length);
	ck_assert_int_eq(r.is_chunked, found[i].is_chunked);
	ck_assert_int_eq(r.wants_close, found[i].wants_close);
	ck_assert_int_eq(r.expects_continue, found[i].expects);
	ck_assert(span_is(r.host, span_of(found[i].host)));
	ck_assert(span_is(r.path, span_of(found[i].path)));
	ck_assert(span_is(r.query, span_of(found[i].query)));
}

START_TEST(a_head_yields_its_derived_members)
{
	struct span head = found[_i].head;

	set_up();
	ck_assert_int_eq(fake_worker_verdict(&r, head.at, head.len, &arena), 0);
	assert_found(_i);
	arena_fini(&arena);
}
END_TEST

START_TEST(a_kept_request_outlives_its_input)
{
	char head[1024];
	size_t len = found[_i].head.len;

	set_up();
	memcpy(head, found[_i].head.at, len);
	ck_assert_int_eq(fake_worker_verdict(&r, head, len, &arena), 0);
	request_keep(&r, &arena);
	memset(head, 'z', sizeof(head));
	assert_found(_i);
	ck_assert_mem_eq(r.head, found[_i].head.at, len);
	arena_fini(&arena);
}
END_TEST

/* A head with so many fields, ... of which the last ends with tail;
 * every second name is not known to http1.c. */
static size_t
write_head(char *to, size_t size, unsigned count, char value, const char *tail)
{
	size_t len =
		(size_t)snprintf(to, size, "GET / HTTP/1.1\r\nHost: a\r\n");

	for (unsigned i = 1; i < count; i++)
		len += (size_t)snprintf(to + len, size - len, "%s: %c%u%s\r\n",
			i % 2 == 0 ? "Accept" : "X", value, i,
			i == count - 1 ? tail : "");
	return len + (size_t)snprintf(to + len, size - len, "\r\n");
}

static const unsigned field_counts[] = { REQUEST_FEW - 1, REQUEST_FEW,
	REQUEST_FEW + 1, REQUEST_FEW + 2, 100 };

START_TEST(fields_of_a_request_outlive_the_next_head)
{
	enum { HEAD = 4096 };
	static char heads[2][HEAD];
	struct request first, second;
	unsigned count = field_counts[_i];
	char value[16];

	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(
			fake_worker_verdict(i == 0 ? &first : &second, heads[i],
				write_head(heads[i], HEAD, count,
					i == 0 ? 'a' : 'b', ""),
				&arena),
			0);
	ck_assert_uint_eq(first.nfields, count);
	for (unsigned i = 1; i < count; i++) {
		snprintf(value, sizeof(value), "a%u", i);
		ck_assert(span_is(request_span(&first, first.fields[i].value),
			span_of(value)));
		value[0] = 'b';
		ck_assert(span_is(request_span(&second, second.fields[i].value),
			span_of(value)));
	}
	ck_assert(span_is(request_value(&first, FIELD_ACCEPT), SPAN("a2")));
	ck_assert(span_is(request_find(&second, SPAN("x"), 1), SPAN("b3")));
}
END_TEST

START_TEST(a_refused_head_does_not_use_the_fields_of_the_next)
{
	enum { HEAD = 4096 };
	static char heads[2][HEAD];
	struct request first, second;
	unsigned count = field_counts[_i];

	ck_assert_int_eq(
		fake_worker_verdict(&first, heads[0],
			write_head(heads[0], HEAD, count, 'a', "\x01"), &arena),
		400);
	ck_assert_int_eq(
		fake_worker_verdict(&second, heads[1],
			write_head(heads[1], HEAD, 100, 'b', ""), &arena),
		0);
	for (unsigned i = 0; i < first.nfields; i++)
		ck_assert_ptr_eq(first.fields, first.few);
	ck_assert_uint_le(first.nfields, REQUEST_FEW);
}
END_TEST

START_TEST(a_method_name_is_case_sensitive)
{
	ck_assert_int_eq(
		method_find(span_of(methods[_i].name)), methods[_i].method);
}
END_TEST

START_TEST(field_lines_are_joined_to_one_list)
{
	struct span head = SPAN(GET "If-Match: \"a\"\r\nX: y\r\nif-match:\r\n"
				    "IF-MATCH: \"b\", \"c\"\r\n" END);
	struct span list;

	set_up();
	ck_assert_int_eq(fake_worker_verdict(&r, head.at, head.len, &arena), 0);
	list = request_list(&r, FIELD_IF_MATCH, &arena);
	ck_assert(span_is(list, SPAN("\"a\", , \"b\", \"c\"")));
	ck_assert(span_is(request_value(&r, FIELD_IF_MATCH), SPAN("\"a\"")));
	ck_assert_ptr_null(request_list(&r, FIELD_RANGE, &arena).at);
	ck_assert(span_is(request_list(&r, FIELD_HOST, &arena), SPAN("a")));
	arena_fini(&arena);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ a_head_is_accepted_or_refused_with_its_status,
			ROWS(verdicts) },
		{ a_split_head_gets_the_same_status, ROWS(verdicts) },
		{ a_head_yields_its_derived_members, ROWS(found) },
		{ a_kept_request_outlives_its_input, ROWS(found) },
		{ fields_of_a_request_outlive_the_next_head,
			ROWS(field_counts) },
		{ a_refused_head_does_not_use_the_fields_of_the_next,
			ROWS(field_counts) },
		{ a_method_name_is_case_sensitive, ROWS(methods) },
		{ field_lines_are_joined_to_one_list, 0 },
	};

	return harness_run("request", tests, ROWS(tests));
}
