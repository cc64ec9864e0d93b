/*
 * What each client has is counted exactly, however many there are.
 * SPDX-License-Identifier: MIT
 */
#include "conn/client_counts.h"

#include <netinet/in.h>
#include <stdlib.h>

#include "support/harness.h"

enum { CLIENTS = 1000, STEPS = 200000 };

static struct client_counts table;

static uint64_t
key_of(uint32_t address)
{
	struct sockaddr_in client = { .sin_family = AF_INET };

	client.sin_addr.s_addr = htonl(address);
	return client_counts_key(
		&table, (const struct sockaddr *)(const void *)&client);
}

/* The same numbers in every run; rand(3) may be another's. */
static uint32_t
next_number(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 8;
}

/* Compares the table with an array while clients come and go; a fixed seed
 * makes entries collide in the same way each time. */
START_TEST(each_client_has_what_was_added_and_not_removed)
{
	static uint32_t counts[CLIENTS];
	uint32_t state = 7;

	client_counts_init(&table, 1);
	table.seed = (uint64_t)_i;
	for (int step = 0; step < STEPS; step++) {
		uint32_t i = next_number(&state) % CLIENTS;
		uint64_t key = key_of(i);

		ck_assert_uint_eq(client_counts_find(&table, key), counts[i]);
		if (counts[i] > 0 && next_number(&state) % 2 == 0) {
			client_counts_remove(&table, key);
			counts[i]--;
		} else if (next_number(&state) % 3 == 0) {
			client_counts_add(&table, key);
			counts[i]++;
		}
	}
	for (uint32_t i = 0; i < CLIENTS; i++)
		for (; counts[i] > 0; counts[i]--)
			client_counts_remove(&table, key_of(i));
	ck_assert_uint_eq(table.used, 0);
	client_counts_fini(&table);
}
END_TEST

START_TEST(a_table_without_a_limit_takes_no_memory)
{
	client_counts_init(&table, 0);
	ck_assert_ptr_null(table.all);
	client_counts_fini(&table);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ each_client_has_what_was_added_and_not_removed, 3 },
		{ a_table_without_a_limit_takes_no_memory, 0 },
	};

	return harness_run("client_counts", tests, ROWS(tests));
}
