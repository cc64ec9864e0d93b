/*
 * SPDX-License-Identifier: MIT
 */
#include "serve/token_cache.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/harness.h"

static struct token_cache cache;

static struct span
make_token(char *to, size_t size, int n)
{
	int len = snprintf(to, size, "token%d", n);

	return (struct span){ to, (size_t)len };
}

START_TEST(each_of_many_users_is_remembered)
{
	enum { USERS = 200 };
	char text[32];
	int found = 0;

	token_cache_init(&cache);
	for (int i = 0; i < USERS; i++)
		token_cache_add(&cache, make_token(text, sizeof(text), i), 0);
	for (int i = 0; i < USERS; i++)
		found += token_cache_has(
			&cache, make_token(text, sizeof(text), i), 1);
	/* Five of 200 in one of 512 sets are possible, and rare. */
	ck_assert_int_ge(found, USERS - 2);
	ck_assert(!token_cache_has(
		&cache, make_token(text, sizeof(text), USERS), 1));
	token_cache_fini(&cache);
}
END_TEST

START_TEST(an_entry_ends_at_its_time)
{
	token_cache_init(&cache);
	token_cache_add(&cache, SPAN("a"), 5000);
	ck_assert(token_cache_has(&cache, SPAN("a"), 4999));
	ck_assert(!token_cache_has(&cache, SPAN("a"), 5000));
	token_cache_fini(&cache);
}
END_TEST

START_TEST(a_flood_takes_no_more_memory_than_the_table)
{
	char text[32];
	int found = 0;

	token_cache_init(&cache);
	for (int i = 0; i < 100000; i++)
		token_cache_add(&cache, make_token(text, sizeof(text), i), 0);
	for (int i = 0; i < 100000; i++)
		found += token_cache_has(
			&cache, make_token(text, sizeof(text), i), 1);
	ck_assert_int_le(found, TOKEN_CACHE_SETS * TOKEN_CACHE_WAYS);
	/* The newest is always there. */
	ck_assert(token_cache_has(
		&cache, make_token(text, sizeof(text), 99999), 1));
	token_cache_fini(&cache);
}
END_TEST

static const struct {
	const char *a, *b;
	bool is_same;
} rows[] = {
	{ "", "", true },
	{ "abc", "abc", true },
	{ "abc", "abd", false },
	{ "abc", "ab", false },
	{ "ab", "abc", false },
	{ "", "a", false },
};

START_TEST(tokens_are_compared_whole)
{
	ck_assert_int_eq(
		token_is_same(span_of(rows[_i].a), span_of(rows[_i].b)),
		rows[_i].is_same);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ each_of_many_users_is_remembered, 0 },
		{ an_entry_ends_at_its_time, 0 },
		{ a_flood_takes_no_more_memory_than_the_table, 0 },
		{ tokens_are_compared_whole, ROWS(rows) },
	};

	return harness_run("token_cache", tests, ROWS(tests));
}
