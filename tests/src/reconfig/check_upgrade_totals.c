/*
 * What the new master of an upgrade gets of the counts of the old one.
 * SPDX-License-Identifier: MIT
 */
#include "reconfig/upgrade_totals.h"

#include <string.h>

#include "supervise/scoreboard.h"
#include "support/harness.h"

static struct scoreboard from, to;
static struct upgrade_totals told;
static int messages, limit;

static void
set_up(void)
{
	ck_assert_int_eq(scoreboard_open(&from, 1), 0);
	ck_assert_int_eq(scoreboard_open(&to, 1), 0);
	told = (struct upgrade_totals){ .sites = NULL };
	messages = 0;
	limit = INT32_MAX;
}

static void
tear_down(void)
{
	upgrade_totals_fini(&told);
	scoreboard_close(&from);
	scoreboard_close(&to);
}

static int
send_message(void *arg, struct channel_message *m)
{
	(void)arg;
	if (messages >= limit)
		return -1;
	messages++;
	upgrade_totals_take(&to, m);
	return 0;
}

static void
check_totals(uint64_t requests, uint64_t gone, uint64_t maintenance)
{
	const struct totals *t = &scoreboard_past(&to)->totals;

	ck_assert_uint_eq(t->requests, requests);
	ck_assert_uint_eq(t->refused[SLOT_REFUSED_CLIENT_GONE], gone);
	ck_assert_uint_eq(t->refused[SLOT_REFUSED_MAINTENANCE], maintenance);
	ck_assert_uint_eq(t->reloads_refused, 1);
}

START_TEST(each_count_is_told_once)
{
	struct slot *s;

	set_up();
	s = scoreboard_take(&from, NULL);
	s->requests = 7;
	s->refused[SLOT_REFUSED_CLIENT_GONE] = 2;
	s->refused[SLOT_REFUSED_MAINTENANCE] = 3;
	s->ktls.connections = 5;
	scoreboard_add_refusal(&from);
	upgrade_totals_tell(&told, &from, send_message, NULL);
	check_totals(7, 2, 3);
	s->requests = 10;
	s->refused[SLOT_REFUSED_MAINTENANCE] = 4;
	upgrade_totals_tell(&told, &from, send_message, NULL);
	check_totals(10, 2, 4);
	ck_assert_uint_eq(scoreboard_past(&to)->totals.ktls.connections, 5);
	tear_down();
}
END_TEST

/* The channel may be full before any of the messages. */
START_TEST(what_could_not_be_sent_is_told_the_next_time)
{
	struct slot *s;

	set_up();
	s = scoreboard_take(&from, NULL);
	s->requests = 7;
	s->refused[SLOT_REFUSED_MAINTENANCE] = 3;
	scoreboard_add_refusal(&from);
	limit = _i;
	upgrade_totals_tell(&told, &from, send_message, NULL);
	limit = INT32_MAX;
	upgrade_totals_tell(&told, &from, send_message, NULL);
	check_totals(7, 0, 3);
	tear_down();
}
END_TEST

/* That of a program without the reason "maintenance": 79 words. */
START_TEST(the_first_message_of_version_2_is_understood)
{
	struct channel_message m = { .kind = CHANNEL_TOTALS, .len = 79 * 8 };
	uint64_t words[79] = { [1] = 7, [13] = 2, [78] = 1 };

	set_up();
	memcpy(m.text, words, sizeof(words));
	upgrade_totals_take(&to, &m);
	check_totals(7, 2, 0);
	m.len -= 8;
	upgrade_totals_take(&to, &m);
	check_totals(7, 2, 0);
	tear_down();
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ each_count_is_told_once, 1 },
		{ what_could_not_be_sent_is_told_the_next_time, 4 },
		{ the_first_message_of_version_2_is_understood, 1 },
	};

	return harness_run("upgrade_totals", tests, ROWS(tests));
}
