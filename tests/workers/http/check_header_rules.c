/*
 * Rules that add fields to and remove fields from a response.
 * SPDX-License-Identifier: MIT
 */
#include "http/header_rules.h"

#include <check.h>

#include "common/arena.h"
#include "common/conf.h"
#include "support/harness.h"

#define FIELD(n, v)                                                            \
	{                                                                      \
		.name = { n, sizeof(n) - 1 }, .value = { v, sizeof(v) - 1 }    \
	}

static const struct conf_field site_set[] = { FIELD("X-A", "site") };
static const struct conf_field site_add[] = { FIELD("X-B", "site") };
static const struct conf_field route_set[] = { FIELD("x-a", "route") };
static const struct conf_field route_add[] = { FIELD("X-B", "route") };
static const char *const removed[] = { "Server", NULL };
static const char *const removed_b[] = { "x-b", NULL };

static const struct conf_headers none,
	site = { { site_add, 1 }, { site_set, 1 }, removed },
	route = { { route_add, 1 }, { route_set, 1 }, NULL },
	without_b = { .remove = removed_b };

static const struct {
	const struct conf_headers *site, *route;
	const char *fields, *expected;
} rows[] = {
	{ &none, &none, "A: 1\r\n", "A: 1\r\n" },
	{ &none, NULL, "", "" },
	{ &site, NULL, "", "X-A: site\r\nX-B: site\r\n" },
	{ &site, &none, "A: 1\r\n", "A: 1\r\nX-A: site\r\nX-B: site\r\n" },
	{ &site, &none, "X-a: 1\r\nX-B: 1\r\n",
		"X-B: 1\r\nX-A: site\r\nX-B: site\r\n" },
	{ &site, &route, "", "X-B: site\r\nx-a: route\r\nX-B: route\r\n" },
	{ &site, &without_b, "X-B: 1\r\nSERVER: 1\r\nA: 1\r\n",
		"A: 1\r\nX-A: site\r\n" },
};

START_TEST(the_rules_of_a_route_override_those_of_its_site)
{
	struct header_rules h;
	struct arena arena;
	struct span got;

	arena_init(&arena, 4096, 0);
	header_rules_init(&h, rows[_i].site, rows[_i].route);
	got = header_rules_apply(&h, span_of(rows[_i].fields), &arena);
	ck_assert_msg(span_is(got, span_of(rows[_i].expected)), "%.*s",
		(int)got.len, got.at);
	header_rules_fini(&h);
	arena_fini(&arena);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ the_rules_of_a_route_override_those_of_its_site, ROWS(rows) },
	};

	return harness_run("header_rules", tests, ROWS(tests));
}
