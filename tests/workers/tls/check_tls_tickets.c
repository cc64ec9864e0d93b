/*
 * All workers have the same keys at the same time, and none of an epoch that is
 * over.
 * SPDX-License-Identifier: MIT
 */
#include "tls/tls_tickets.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "support/harness.h"

enum { EPOCH = TICKET_EPOCH_SECONDS, FIRST = 41000 };

static const struct ticket_secret secret = { .epoch = FIRST,
	.bytes = "0123456789abcdef0123456789abcde" };

static int64_t
epoch_start(int n)
{
	return (int64_t)(FIRST + n) * EPOCH;
}

static void
assert_same(const struct tls_ticket_key *a, const struct tls_ticket_key *b)
{
	ck_assert_mem_eq(a, b, sizeof(*a));
}

START_TEST(worker_of_a_later_epoch_has_the_same_keys)
{
	struct tls_tickets old, young;

	tls_tickets_init(&old, &secret, epoch_start(1));
	for (int n = 1; n < 6; n++) {
		tls_tickets_advance(&old, epoch_start(n) + 7);
		tls_tickets_init(&young, &secret, epoch_start(n + 1) - 1);
		assert_same(&old.current, &young.current);
		assert_same(&old.previous, &young.previous);
	}
}
END_TEST

START_TEST(key_is_known_for_two_epochs)
{
	struct tls_tickets t;
	struct tls_ticket_key first;

	tls_tickets_init(&t, &secret, epoch_start(1));
	first = t.current;
	ck_assert_ptr_eq(tls_tickets_find(&t, first.name), &t.current);
	tls_tickets_advance(&t, epoch_start(2) - 1);
	ck_assert_ptr_eq(tls_tickets_find(&t, first.name), &t.current);
	tls_tickets_advance(&t, epoch_start(2));
	ck_assert_ptr_eq(tls_tickets_find(&t, first.name), &t.previous);
	assert_same(&t.previous, &first);
	tls_tickets_advance(&t, epoch_start(3));
	ck_assert_ptr_null(tls_tickets_find(&t, first.name));
}
END_TEST

START_TEST(epochs_may_be_skipped)
{
	struct tls_tickets slow, fast;

	tls_tickets_init(&slow, &secret, epoch_start(1));
	tls_tickets_init(&fast, &secret, epoch_start(1));
	for (int n = 1; n <= 9; n++)
		tls_tickets_advance(&slow, epoch_start(n));
	tls_tickets_advance(&fast, epoch_start(9));
	assert_same(&slow.current, &fast.current);
	assert_same(&slow.previous, &fast.previous);
}
END_TEST

START_TEST(clock_that_goes_back_changes_nothing)
{
	struct tls_tickets t, before;

	tls_tickets_init(&t, &secret, epoch_start(4));
	before = t;
	tls_tickets_advance(&t, epoch_start(2));
	tls_tickets_advance(&t, -1);
	ck_assert_mem_eq(&t, &before, sizeof(t));
	/* A secret that is ahead of the clock: all that have it agree. */
	tls_tickets_init(&t, &secret, 0);
	tls_tickets_init(&before, &secret, epoch_start(1));
	assert_same(&t.current, &before.current);
}
END_TEST

START_TEST(names_and_keys_differ)
{
	struct tls_tickets t;

	tls_tickets_init(&t, &secret, epoch_start(1));
	ck_assert_mem_ne(t.current.name, t.previous.name, TLS_TICKET_NAME);
	ck_assert_mem_ne(t.current.cipher, t.current.mac, TLS_TICKET_KEY);
	ck_assert_mem_ne(t.current.cipher, t.secret.bytes, TLS_TICKET_KEY);
	tls_tickets_wipe(&t);
	for (size_t i = 0; i < sizeof(t); i++)
		ck_assert_int_eq(((const char *)&t)[i], 0);
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ worker_of_a_later_epoch_has_the_same_keys, 0 },
		{ key_is_known_for_two_epochs, 0 },
		{ epochs_may_be_skipped, 0 },
		{ clock_that_goes_back_changes_nothing, 0 },
		{ names_and_keys_differ, 0 },
	};

	return harness_run("tls_tickets", tests, ROWS(tests));
}
