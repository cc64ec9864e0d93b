/*
 * SPDX-License-Identifier: MIT
 */
#include "api/config_value.h"

#include "support/harness.h"

static const struct {
	const char *text;
	int64_t value; /* -1: refused */
} durations[] = {
	{ "10s", 10000 },
	{ "500ms", 500 },
	{ "2h", 7200000 },
	{ "0s", 0 },
	{ "1d", 86400000 },
	{ "3m", 180000 },
	{ "10", -1 },
	{ "s", -1 },
	{ "-1s", -1 },
	{ " 1s", -1 },
	{ "1 s", -1 },
	{ "1sec", -1 },
	{ "99999999999999999999s", -1 },
	{ "9223372036854775807h", -1 },
	{ "", -1 },
	{ NULL, -1 },
}, sizes[] = {
	{ "64k", 65536 },
	{ "1m", 1048576 },
	{ "2G", 2147483648 },
	{ "7", 7 },
	{ "7x", -1 },
	{ "k", -1 },
	{ "9223372036854775807g", -1 },
	{ NULL, -1 },
};

START_TEST(durations_are_read_in_milliseconds)
{
	int64_t value = -1;
	bool is_read = config_value_duration(durations[_i].text, &value);

	ck_assert_int_eq(is_read, durations[_i].value != -1);
	if (is_read)
		ck_assert_int_eq(value, durations[_i].value);
}
END_TEST

START_TEST(sizes_are_read_in_bytes)
{
	int64_t value = -1;
	bool is_read = config_value_size(sizes[_i].text, &value);

	ck_assert_int_eq(is_read, sizes[_i].value != -1);
	if (is_read)
		ck_assert_int_eq(value, sizes[_i].value);
}
END_TEST

static const struct {
	const char *path;
	int value; /* 0: not there */
} paths[] = {
	{ "a", 1 },
	{ "b.c", 2 },
	{ "b.d[0]", 3 },
	{ "b.d[1].e", 4 },
	{ "b.d[2]", 0 },
	{ "b.d[", 0 },
	{ "b.d[x]", 0 },
	{ "none", 0 },
	{ "a.b", 0 },
	{ "b.", 0 },
	{ ".", 0 },
};

START_TEST(a_value_is_found_by_its_path)
{
	json_t *config = json_pack("{s:i,s:{s:i,s:[i,{s:i}]}}", "a", 1, "b",
		"c", 2, "d", 3, "e", 4);
	const json_t *value = config_value_find(config, paths[_i].path);

	ck_assert_int_eq(json_integer_value(value), paths[_i].value);
	ck_assert_ptr_eq(config_value_find(config, ""), config);
	json_decref(config);
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ durations_are_read_in_milliseconds, ROWS(durations) },
		{ sizes_are_read_in_bytes, ROWS(sizes) },
		{ a_value_is_found_by_its_path, ROWS(paths) },
	};

	return harness_run("config_value", tests, ROWS(tests));
}
