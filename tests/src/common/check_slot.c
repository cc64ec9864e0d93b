/*
 * What a reader makes of a slot, whatever was written there.
 * SPDX-License-Identifier: MIT
 */
#include "common/slot.h"

#include <check.h>
#include <string.h>

#include "support/harness.h"

static const struct {
	uint32_t state;
	const char *name;
} names[] = {
	{ SLOT_EMPTY, "empty" },
	{ SLOT_STARTING, "starting" },
	{ SLOT_READY, "ready" },
	{ SLOT_SERVING, "serving" },
	{ SLOT_DRAINING, "draining" },
	{ SLOT_ENDING, "draining" },
	{ SLOT_STATES, "unknown" },
	{ 100, "unknown" },
	{ 1000000, "unknown" },
	{ UINT32_MAX, "unknown" },
};

START_TEST(every_number_has_a_name)
{
	ck_assert_str_eq(slot_state_name(names[_i].state), names[_i].name);
}
END_TEST

START_TEST(a_copy_has_all_of_a_slot_and_ends_its_texts)
{
	struct slot from, to;

	memset(&from, 'x', sizeof(from));
	slot_read(&to, &from);
	ck_assert_uint_eq(to.state, from.state);
	ck_assert_uint_eq(to.heartbeat, from.heartbeat);
	ck_assert_uint_eq(to.gauges.lag_ms, from.gauges.lag_ms);
	ck_assert_uint_eq(to.no_site.bytes_in, from.no_site.bytes_in);
	ck_assert_uint_eq(strlen(to.current.id), SLOT_ID - 1);
	ck_assert_uint_eq(strlen(to.current.head), SLOT_HEAD - 1);
}
END_TEST

START_TEST(a_copy_has_all_requests_that_wait)
{
	struct slot_inflight from, to;

	memset(&from, 'x', sizeof(from));
	slot_read_inflight(&to, &from);
	ck_assert_uint_eq(to.others, from.others);
	for (int i = 0; i < SLOT_INFLIGHT; i++)
		ck_assert_uint_eq(strlen(to.all[i].head), SLOT_HEAD - 1);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ every_number_has_a_name, ROWS(names) },
		{ a_copy_has_all_of_a_slot_and_ends_its_texts, 0 },
		{ a_copy_has_all_requests_that_wait, 0 },
	};

	return harness_run("slot", tests, ROWS(tests));
}
