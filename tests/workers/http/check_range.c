/*
 * Range sets of RFC 9110 14.1.2, the joined, the hopeless and the hostile.
 * SPDX-License-Identifier: MIT
 */
#include "http/range.h"

#include <check.h>
#include <stdio.h>

#include "support/harness.h"

/* want: "status first-last first-last ..." */
// clang-format off
static const struct {
	const char *value;
	int64_t size;
	const char *want;
} rows[] = {
	{ "bytes=0-499", 10000, "206 0-499" },
	{ "bytes=500-999", 10000, "206 500-999" },
	{ "bytes=-500", 10000, "206 9500-9999" },
	{ "bytes=9500-", 10000, "206 9500-9999" },
	{ "bytes=0-0,-1", 10000, "206 0-0 9999-9999" },
	{ "bytes= 0-999, 4500-5499, -1000", 10000,
		"206 0-999 4500-5499 9000-9999" },
	{ "BYTES=1-2", 10, "206 1-2" },
	{ "bytes=,, 1-2\t,,", 10, "206 1-2" },
	{ "bytes=0-", 10, "206 0-9" },
	{ "bytes=0-99", 10, "206 0-9" },
	{ "bytes=-99", 10, "206 0-9" },
	{ "bytes=9-9", 10, "206 9-9" },
	/* joined, the order asked kept */
	{ "bytes=500-600,601-999", 10000, "206 500-999" },
	{ "bytes=500-700,601-999", 10000, "206 500-999" },
	{ "bytes=500-600,602-999", 10000, "206 500-600 602-999" },
	{ "bytes=8-9,0-1", 10, "206 8-9 0-1" },
	{ "bytes=8-9,0-1,2-3", 10, "206 8-9 0-3" },
	{ "bytes=0-1,5-5,3-3,2-4", 10, "206 0-5" },
	{ "bytes=5-5,9-9,0-1,2-5", 10, "206 0-5 9-9" },
	{ "bytes=0-4,5-9", 10, "206 0-9" },
	{ "bytes=0-,0-,0-,0-,0-", 10, "206 0-9" },
	{ "bytes=0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,"
		"0-0,0-0,0-0,0-0", 10, "206 0-0" },
	/* some that cannot be satisfied */
	{ "bytes=10-", 10, "416" },
	{ "bytes=10-20,30-", 10, "416" },
	{ "bytes=10-20,1-2", 10, "206 1-2" },
	{ "bytes=-0", 10, "416" },
	{ "bytes=-0,1-1", 10, "206 1-1" },
	{ "bytes=0-", 0, "416" },
	{ "bytes=0-0", 0, "416" },
	{ "bytes=-0", 0, "416" },
	{ "bytes=-5", 0, "0" },
	{ "bytes=0-,-5", 0, "0" },
	/* large */
	{ "bytes=0-9223372036854775807", 10, "206 0-9" },
	{ "bytes=0-99999999999999999999999", 10, "206 0-9" },
	{ "bytes=-99999999999999999999999", 10, "206 0-9" },
	{ "bytes=99999999999999999999999-", 10, "416" },
	{ "bytes=99999999999999999999-99999999999999999998", 10, "416" },
	{ "bytes=18446744073709551616-", 10, "416" },
	{ "bytes=9223372036854775806-", INT64_MAX,
		"206 9223372036854775806-9223372036854775806" },
	{ "bytes=-1,0-0", INT64_MAX,
		"206 9223372036854775806-9223372036854775806 0-0" },
	/* spoiled */
	{ "", 10, "0" },
	{ "bytes", 10, "0" },
	{ "bytes=", 10, "0" },
	{ "bytes=,", 10, "0" },
	{ "bytes=-", 10, "0" },
	{ "bytes=--1", 10, "0" },
	{ "bytes=1", 10, "0" },
	{ "bytes=a-b", 10, "0" },
	{ "bytes=2-1", 10, "0" },
	{ "bytes=20-11", 10, "0" },
	{ "bytes=0-1,2-1", 10, "0" },
	{ "bytes=0-1,x", 10, "0" },
	{ "bytes=1 -2", 10, "0" },
	{ "bytes=1- 2", 10, "0" },
	{ "bytes=1-2 3", 10, "0" },
	{ "bytes=0x1-2", 10, "0" },
	{ "bytes=+1-2", 10, "0" },
	{ "bytes=1-2-3", 10, "0" },
	{ "bytes =1-2", 10, "0" },
	{ " bytes=1-2", 10, "0" },
	{ "bytes=\"1-2\"", 10, "0" },
	{ "lines=1-2", 10, "0" },
	{ "bytes=0-0,2-2,4-4,6-6,8-8,10-10,12-12,14-14,16-16,18-18,20-20,"
		"22-22,24-24,26-26,28-28,30-30,32-32", 100, "0" },
	{ "bytes=0-0,2-2,4-4,6-6,8-8,10-10,12-12,14-14,16-16,18-18,20-20,"
		"22-22,24-24,26-26,28-28,30-30,1-29", 100, "206 0-30" },
};
// clang-format on

START_TEST(a_range_field_yields_its_status_and_ranges)
{
	struct range_set set;
	char got[1024];
	int len;

	len = snprintf(got, sizeof(got), "%d",
		range_parse(span_of(rows[_i].value), rows[_i].size, &set));
	for (int i = 0; strncmp(got, "206", 3) == 0 && i < set.count; i++)
		len += snprintf(got + len, sizeof(got) - (size_t)len,
			" %lld-%lld", (long long)set.ranges[i].first,
			(long long)set.ranges[i].last);
	ck_assert_msg(strcmp(got, rows[_i].want) == 0, "%s of %lld: %s",
		rows[_i].value, (long long)rows[_i].size, got);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ a_range_field_yields_its_status_and_ranges, ROWS(rows) },
	};

	return harness_run("range", tests, ROWS(tests));
}
