/*
 * Hosts that are split, and hosts that are refused.
 * SPDX-License-Identifier: MIT
 */
#include "http/host.h"

#include <check.h>

#include "support/harness.h"

// clang-format off
static const struct {
	const char *text, *name, *port;
} good[] = {
	{ "example.com", "example.com", "" },
	{ "example.com:80", "example.com", "80" },
	{ "localhost:", "localhost", "" },
	{ "EXAMPLE.com.", "EXAMPLE.com.", "" },
	{ "under_score:65535", "under_score", "65535" },
	{ "a:0", "a", "0" },
	{ "a:00080", "a", "00080" },
	{ "127.0.0.1:8080", "127.0.0.1", "8080" },
	{ "[::1]", "[::1]", "" },
	{ "[::1]:8080", "[::1]", "8080" },
	{ "[2001:db8::192.0.2.1]:", "[2001:db8::192.0.2.1]", "" },
	{ "a-b~c!$&'()*+;=", "a-b~c!$&'()*+;=", "" },
	{ "caf%C3%a9.example", "caf%C3%a9.example", "" },
};

static const char *const bad[] = {
	"", ":", ":80", "a:b", "a:80:90", "a:65536", "a:100000", "a:-1",
	"a:+1", "a: 80", "user@a", "user:pw@a", "a b", " a", "a ", "a\tb",
	"a\x01", "a\x7f", "a/b", "a?b", "a#b", "a\\b", "a\"b", "a<b", "a>b",
	"a^b", "a`b", "a{b", "a|b", "a}b", "a,b", "a.com, b.com", "a%", "a%4",
	"a%4g", "a%g4", "%zz", "caf\xc3\xa9", "[", "]", "[]", "[]:80", "[::1",
	"::1", "[::1]a", "[::1]]", "[::1%25eth0]", "[::1%eth0]", "[fe80::1%1]",
	"[v1.x]", "[127.0.0.1]", "[1:2:3]", "[::g]", "[::1]:65536", "a[::1]",
	"[0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000]",
	"http://a",
};
// clang-format on

START_TEST(a_valid_host_is_split_at_its_port)
{
	struct host h;

	ck_assert_msg(host_parse(span_of(good[_i].text), &h) == 0, "%s",
		good[_i].text);
	ck_assert(span_is(h.name, span_of(good[_i].name)));
	ck_assert(span_is(h.port, span_of(good[_i].port)));
}
END_TEST

START_TEST(an_invalid_host_is_refused_with_400)
{
	struct host h;

	ck_assert_msg(host_parse(span_of(bad[_i]), &h) == 400, "%s", bad[_i]);
}
END_TEST

START_TEST(a_nul_in_a_host_is_refused)
{
	struct host h;

	ck_assert_int_eq(host_parse(SPAN("a\0b"), &h), 400);
	ck_assert_int_eq(host_parse(SPAN("[::1\0]"), &h), 400);
	ck_assert_int_eq(host_parse(SPAN("a:8\0"), &h), 400);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ a_valid_host_is_split_at_its_port, ROWS(good) },
		{ an_invalid_host_is_refused_with_400, ROWS(bad) },
		{ a_nul_in_a_host_is_refused, 0 },
	};

	return harness_run("host", tests, ROWS(tests));
}
