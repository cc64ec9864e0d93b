/*
 * Descriptors, divided.
 * SPDX-License-Identifier: MIT
 */
#include "worker_start.h"

#include <check.h>
#include <sys/resource.h>

#include "support/harness.h"

static const struct {
	rlim_t limit;
	int64_t asked; /* 0: "auto" */
	size_t used, files;
	size_t connections, share;
} rows[] = {
	/* 64 are spare, up to a quarter of the rest is the cache's. */
	{ 1024, 0, 0, 1536, 720, 240 },
	{ 1024, 0, 100, 1536, 645, 215 },
	{ 1024, 0, 0, 10, 950, 10 },
	{ 20000, 0, 36, 1536, 18364, 1536 },
	/* What is asked for goes before the cache, but for 16 of it. */
	{ 1024, 100, 0, 1536, 100, 240 },
	{ 1024, 900, 0, 1536, 900, 60 },
	{ 1024, 5000, 0, 1536, 944, 16 },
	/* Too few for both. */
	{ 96, 0, 2, 1536, 16, 14 },
	{ 80, 0, 0, 1536, 16, 0 },
	{ 79, 0, 0, 1536, 0, 0 },
	{ 1024, 0, 1010, 1536, 0, 0 },
};

START_TEST(the_limit_of_open_files_is_divided)
{
	struct sink sink;
	struct log log = { .to = &sink };
	struct conf conf = { .limits.connections = rows[_i].asked };
	struct rlimit limit;
	struct capacity c;

	sink_init(&sink, SINK_OFF, -1, 4096, true);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = rows[_i].limit;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	c = capacity_divide(&conf, rows[_i].used, rows[_i].files, &log);
	ck_assert_uint_eq(c.connections, rows[_i].connections);
	ck_assert_uint_eq(c.files, rows[_i].share);
	ck_assert_uint_eq(c.limit, rows[_i].limit);
	ck_assert_int_eq(c.lacking > 0, c.connections == 0);
	sink_fini(&sink);
}
END_TEST

/* The limit that the message names is enough. */
START_TEST(what_is_lacking_is_enough)
{
	struct sink sink;
	struct log log = { .to = &sink };
	struct conf conf = { .limits.connections = 0 };
	struct rlimit limit;
	struct capacity c;

	sink_init(&sink, SINK_OFF, -1, 4096, true);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = 64;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	c = capacity_divide(&conf, 30, 512, &log);
	ck_assert_uint_eq(c.connections, 0);
	limit.rlim_cur = c.limit + c.lacking;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	c = capacity_divide(&conf, 30, 512, &log);
	ck_assert_uint_eq(c.connections, 16);
	sink_fini(&sink);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ the_limit_of_open_files_is_divided, ROWS(rows) },
		{ what_is_lacking_is_enough, 0 },
	};

	return harness_run("capacity", tests, ROWS(tests));
}
