/*
 * SPDX-License-Identifier: MIT
 */
#include "control/control_request.h"

#include <string.h>

#include "support/harness.h"

#define TWICE   "a member of the request is there twice"
#define NO_LINE "the request is not one line with a JSON object"

static const struct {
	const char *line, *wrong;
} bad[] = {
	{ "", NO_LINE },
	{ "[]", NO_LINE },
	{ "\"ps\"", NO_LINE },
	{ "{\"command\":\"ps\"", NO_LINE },
	{ "{\"command\":\"ps\"}{}", NO_LINE },
	{ "{\"command\":\"p\xff\"}", NO_LINE },
	{ "{\"command\":\"ps\\u0000\"}", NO_LINE },
	{ "{\"command\":\"scale\",\"workers\":9223372036854775808}", NO_LINE },
	{ "{\"command\":7}", "command: must be a string" },
	{ "{\"command\":null}", "command: must be a string" },
	{ "{\"command\":[\"ps\"]}", "command: must be a string" },
	{ "{\"command\":\"explain\",\"id\":1}", "id: must be a string" },
	{ "{\"workers\":\"3\"}", "workers: must be an integer" },
	{ "{\"workers\":3.0}", "workers: must be an integer" },
	{ "{\"workers\":1e99}", "workers: must be an integer" },
	{ "{\"workers\":true}", "workers: must be an integer" },
	{ "{\"workers\":{}}", "workers: must be an integer" },
	{ "{\"force\":1}", "force: must be true or false" },
	{ "{\"force\":\"true\"}", "force: must be true or false" },
	{ "{\"command\":\"ps\",\"command\":\"ps\"}", TWICE },
	{ "{\"command\":\"ps\",\"c\\u006fmmand\":\"stop\"}", TWICE },
	{ "{\"workers\":2,\"workers\":3}", TWICE },
	{ "{\"force\":false,\"command\":\"reload\",\"force\":true}", TWICE },
	{ "{\"command\":\"ps\",\"new\":{\"a\":1,\"a\":2}}", TWICE },
};

START_TEST(a_bad_request_is_refused)
{
	struct control_request r;
	const char *wrong =
		control_request_parse(&r, bad[_i].line, strlen(bad[_i].line));

	ck_assert_ptr_nonnull(wrong);
	ck_assert_str_eq(wrong, bad[_i].wrong);
}
END_TEST

static const struct {
	const char *line, *command, *id;
	int64_t workers;
	bool is_forced;
} good[] = {
	{ "{}", "", "", 0, false },
	{ " {\"command\": \"ps\"} \r", "ps", "", 0, false },
	{ "{\"command\":\"scale\",\"workers\":8}", "scale", "", 8, false },
	{ "{\"workers\":-1}", "", "", -1, false },
	{ "{\"workers\":9223372036854775807}", "", "", INT64_MAX, false },
	{ "{\"command\":\"reload\",\"force\":true}", "reload", "", 0, true },
	{ "{\"command\":\"explain\",\"id\":\"a1\"}", "explain", "a1", 0,
		false },
	{ "{\"command\":\"ps\",\"of a later version\":[1]}", "ps", "", 0,
		false },
	{ "{\"command\":\"0123456789abcdef0123456789abcdef\"}",
		"0123456789abcdef0123456789abcde", "", 0, false },
};

START_TEST(a_good_request_is_read)
{
	struct control_request r;
	const char *line = good[_i].line;

	ck_assert_ptr_null(control_request_parse(&r, line, strlen(line)));
	ck_assert_str_eq(r.command, good[_i].command);
	ck_assert_str_eq(r.id, good[_i].id);
	ck_assert_int_eq(r.workers, good[_i].workers);
	ck_assert_int_eq(r.is_forced, good[_i].is_forced);
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ a_bad_request_is_refused, ROWS(bad) },
		{ a_good_request_is_read, ROWS(good) },
	};

	return harness_run("control_request", tests, ROWS(tests));
}
