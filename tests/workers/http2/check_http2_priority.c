/*
 * SPDX-License-Identifier: MIT
 */
#include "http2/http2_priority.h"

#include "support/harness.h"

static const struct {
	const char *lines[2];
	bool is_malformed, is_incremental;
	unsigned urgency;
} rows[] = {
	{ { "" }, false, false, 3 },
	{ { "u=0" }, false, false, 0 },
	{ { "u=7" }, false, false, 7 },
	{ { "i" }, false, true, 3 },
	{ { "i=?1" }, false, true, 3 },
	{ { "i=?0" }, false, false, 3 },
	{ { "u=1, i" }, false, true, 1 },
	{ { " i \t,\tu=1 " }, false, true, 1 },
	{ { "u=1,u=2" }, false, false, 2 },
	{ { "i, i=?0" }, false, false, 3 },
	{ { "u=1", "i" }, false, true, 1 },
	{ { "u=1;a;b=2; c=\"x,y\\\\\\\"\", i;a" }, false, true, 1 },
	{ { "a=(1 2.5 \"x\");p, b=tok/en:*, c=:YQ==:, *d.-_=-1.250, u=5" },
		false, false, 5 },
	{ { "a=(), b=( x ), u=6" }, false, false, 6 },
	{ { "a=999999999999999, b=123456789012.123, u=2" }, false, false, 2 },
	{ { "u=8" }, true, false, 0 },
	{ { "u=-1" }, true, false, 0 },
	{ { "u=1.0" }, true, false, 0 },
	{ { "u" }, true, false, 0 },
	{ { "u=x" }, true, false, 0 },
	{ { "u=" }, true, false, 0 },
	{ { "u=1," }, true, false, 0 },
	{ { "u=1, " }, true, false, 0 },
	{ { "u=1 i" }, true, false, 0 },
	{ { "u=1;" }, true, false, 0 },
	{ { "u=1;a=" }, true, false, 0 },
	{ { ",u=1" }, true, false, 0 },
	{ { "U=1" }, true, false, 0 },
	{ { "i=1" }, true, false, 0 },
	{ { "i=?2" }, true, false, 0 },
	{ { "i=?" }, true, false, 0 },
	{ { "a=\"x, u=1" }, true, false, 0 },
	{ { "a=\"\\x\"" }, true, false, 0 },
	{ { "a=\"\\" }, true, false, 0 },
	{ { "a=\"\xe4\"" }, true, false, 0 },
	{ { "a=(1" }, true, false, 0 },
	{ { "a=(1\"x\")" }, true, false, 0 },
	{ { "a=:x" }, true, false, 0 },
	{ { "a=1." }, true, false, 0 },
	{ { "a=1.2345" }, true, false, 0 },
	{ { "a=1234567890123.1" }, true, false, 0 },
	{ { "a=1234567890123456" }, true, false, 0 },
	{ { "a=-" }, true, false, 0 },
	{ { "a=;" }, true, false, 0 },
	{ { "u=1", "u=9" }, true, false, 0 },
	{ { "u=9", "u=1" }, true, false, 0 },
};

START_TEST(a_priority_is_read_or_ignored_whole)
{
	struct http2_priority p = { 0 };

	for (size_t i = 0; i < 2 && rows[_i].lines[i] != NULL; i++)
		http2_priority_read(&p, span_of(rows[_i].lines[i]));
	ck_assert(p.is_given);
	ck_assert_int_eq(p.is_malformed, rows[_i].is_malformed);
	if (p.is_malformed)
		return;
	ck_assert_uint_eq(p.urgency, rows[_i].urgency);
	ck_assert_int_eq(p.is_incremental, rows[_i].is_incremental);
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ a_priority_is_read_or_ignored_whole, ROWS(rows) },
	};

	return harness_run("http2_priority", tests, ROWS(tests));
}
