/*
 * What is taken from the texts of /proc.
 * SPDX-License-Identifier: MIT
 */
#include "supervise/usage.h"

#include <check.h>
#include <unistd.h>

#include "support/harness.h"

#define BEHIND                                                                 \
	" S 1 2 3 4 5 6 7 8 9 10 300 100 13 14 15 16 17 18 19 20 42 22 23\n"

static const struct {
	const char *text;
	bool is_stat;
} stats[] = {
	{ "12 (prong)" BEHIND, true },
	{ "12 (a) S 9 9 9 (b)" BEHIND, true },
	{ "12 (prong) S 1 2 3\n", false },
	{ "", false },
	{ "12", false },
};

START_TEST(memory_and_time_are_taken_from_stat)
{
	struct scoreboard_slot s = { .cpu_us = 7 };

	ck_assert_int_eq(
		usage_parse_stat(stats[_i].text, &s), stats[_i].is_stat);
	if (!stats[_i].is_stat) {
		ck_assert_uint_eq(s.cpu_us, 7);
		return;
	}
	ck_assert_uint_eq(
		s.cpu_us, 400 * 1000000ull / (uint64_t)sysconf(_SC_CLK_TCK));
	ck_assert_uint_eq(
		s.resident_bytes, 42 * (uint64_t)sysconf(_SC_PAGESIZE));
}
END_TEST

static const struct {
	const char *text;
	uint64_t overflows;
} netstats[] = {
	{ "TcpExt: SyncookiesSent ListenOverflows ListenDrops\n"
	  "TcpExt: 5 17 3\nIpExt: A\nIpExt: 1\n",
		17 },
	{ "TcpExt: ListenOverflows\nTcpExt: 18\n", 18 },
	{ "TcpExt: A B\nTcpExt: 1 2\n", 0 },
	{ "TcpExt: A ListenOverflows\nTcpExt: 1\n", 0 },
	{ "TcpExt: ListenOverflows\n", 0 },
	{ "", 0 },
};

START_TEST(overflows_are_taken_from_netstat)
{
	ck_assert_uint_eq(
		usage_parse_netstat(netstats[_i].text), netstats[_i].overflows);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ memory_and_time_are_taken_from_stat, ROWS(stats) },
		{ overflows_are_taken_from_netstat, ROWS(netstats) },
	};

	return harness_run("usage", tests, ROWS(tests));
}
