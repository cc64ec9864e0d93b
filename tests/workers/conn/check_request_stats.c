/*
 * Responses of several sites and several turns in one output: each is counted
 * for its own site, with its own time, and so are the bytes.
 * SPDX-License-Identifier: MIT
 */
#include "conn/request_stats.h"

#include <check.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "conn/exchange.h"
#include "support/fake_worker.h"
#include "support/harness.h"

enum { MS = 1000000, LONG = 60 * 1000 /* milliseconds, past all buckets */ };

static struct fake_worker fake;
static struct site_counters sites[2];
static struct exchange *x;

static void
setup(void)
{
	static const struct sockaddr_in6 peer = { .sin6_family = AF_INET6 };
	const void *from = &peer;

	fake_worker_open(&fake);
	fake_worker_add_route(&fake, "/");
	fake_worker_start(&fake);
	fake.worker.now_ns = clock_now_ns();
	memset(sites, 0, sizeof(sites));
	x = exchange_new(&fake.worker, fake_protocol(), fake.output, from);
}

static void
teardown(void)
{
	exchange_free(x);
	fake_worker_close(&fake);
}

/* One request of a site whose response has so many bytes. */
static void
respond(size_t site, size_t bytes)
{
	static const char text[1000];

	request_stats_begin(x);
	request_stats_set_site(x, &sites[site]);
	x->request.method = METHOD_GET;
	x->status = 200;
	output_add(x->output, text, bytes, NULL);
	request_stats_respond(x);
	exchange_next(x);
}

static void
send_bytes(uint64_t n)
{
	uint64_t before = x->output->sent;

	output_advance(x->output, n);
	ck_assert_uint_eq(x->output->sent, before + n);
	request_stats_sent(x, before, before + n);
}

static void
send_all(void)
{
	if (!output_is_empty(x->output))
		send_bytes(x->output->queued - x->output->sent);
	exchange_sent(x);
}

static uint64_t
count_durations(const struct site_counters *c)
{
	uint64_t n = 0;

	for (int i = 0; i <= SITE_BUCKETS; i++)
		n += c->duration[i];
	return n;
}

static void
expect(size_t site, uint64_t responses, uint64_t bytes)
{
	ck_assert_uint_eq(site_counters_requests(&sites[site]), responses);
	ck_assert_uint_eq(count_durations(&sites[site]), responses);
	ck_assert_uint_eq(sites[site].bytes_out, bytes);
}

START_TEST(a_batch_of_one_site_is_counted_together)
{
	for (int i = 0; i < 5; i++)
		respond(0, 100);
	ck_assert_ptr_null(x->stats.parts);
	ck_assert_uint_eq(count_durations(&sites[0]), 0);
	send_all();
	expect(0, 5, 500);
	ck_assert_uint_eq(fake.slot.requests, 5);
}
END_TEST

START_TEST(sites_that_alternate_in_a_batch_are_told_apart)
{
	respond(0, 100);
	respond(1, 200);
	respond(1, 20);
	respond(0, 300);
	send_all();
	expect(0, 2, 400);
	expect(1, 2, 220);
	respond(1, 7);
	send_all();
	expect(1, 3, 227);
}
END_TEST

/* In pieces of every size. */
START_TEST(bytes_that_are_sent_in_pieces_find_their_site)
{
	uint64_t n = (uint64_t)_i + 1;

	respond(0, 100);
	respond(1, 200);
	respond(0, 300);
	while (x->output->queued - x->output->sent > n)
		send_bytes(n);
	send_all();
	expect(0, 2, 400);
	expect(1, 1, 200);
}
END_TEST

START_TEST(each_turn_has_its_own_time)
{
	respond(0, 100);
	fake.worker.now_ns -= (int64_t)LONG * MS;
	respond(0, 100);
	respond(0, 100);
	send_all();
	expect(0, 3, 300);
	ck_assert_uint_eq(sites[0].duration[SITE_BUCKETS], 2);
	ck_assert_uint_ge(sites[0].duration_ns, 2ull * LONG * MS);
	ck_assert_uint_lt(sites[0].duration_ns, 3ull * LONG * MS);
}
END_TEST

/* A response that is sent as it is made: bytes come before it counts. */
START_TEST(bytes_of_a_response_that_goes_on_are_of_its_site)
{
	static const char text[1000];

	respond(1, 50);
	request_stats_begin(x);
	request_stats_set_site(x, &sites[0]);
	x->phase = EXCHANGE_HANDLE;
	x->request.method = METHOD_GET;
	x->status = 200;
	for (int i = 0; i < 3; i++) {
		output_add(x->output, text, 100, NULL);
		send_all();
	}
	ck_assert_uint_eq(sites[0].bytes_out, 300);
	ck_assert_uint_eq(site_counters_requests(&sites[0]), 0);
	request_stats_respond(x);
	send_all();
	x->phase = EXCHANGE_HEAD;
	expect(0, 1, 300);
	expect(1, 1, 50);
}
END_TEST

/* A connection that ends with responses unsent. */
START_TEST(a_response_that_is_dropped_counts_without_its_bytes)
{
	respond(0, 100);
	respond(1, 100);
	send_bytes(150);
	exchange_free(x);
	expect(0, 1, 100);
	expect(1, 1, 50);
	x = NULL;
}
END_TEST

START_TEST(what_is_not_counted_is_not_shown)
{
	x->is_counted = false;
	request_stats_set_no_site(x);
	request_stats_begin(x);
	x->request.method = METHOD_GET;
	x->status = 200;
	output_add(x->output, "ok", 2, NULL);
	request_stats_respond(x);
	send_all();
	ck_assert_uint_eq(fake.slot.requests, 0);
	ck_assert_uint_eq(site_counters_requests(&fake.slot.no_site), 0);
	ck_assert_uint_eq(fake.slot.no_site.bytes_out, 0);
}
END_TEST

int
main(void)
{
	static const struct harness_fixture fixture = { .setup = setup,
		.teardown = teardown };
	const struct harness_test tests[] = {
		{ a_batch_of_one_site_is_counted_together, 0 },
		{ sites_that_alternate_in_a_batch_are_told_apart, 0 },
		{ bytes_that_are_sent_in_pieces_find_their_site, 309 },
		{ each_turn_has_its_own_time, 0 },
		{ bytes_of_a_response_that_goes_on_are_of_its_site, 0 },
		{ a_response_that_is_dropped_counts_without_its_bytes, 0 },
		{ what_is_not_counted_is_not_shown, 0 },
	};

	return harness_run_with(&fixture, "request_stats", tests, ROWS(tests));
}
