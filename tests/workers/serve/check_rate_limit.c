/*
 * Request rates by client.
 * SPDX-License-Identifier: MIT
 */
#include "serve/rate_limit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>

#include "support/fake_worker.h"
#include "support/harness.h"

#define MS  INT64_C(1000000)
#define GET "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

/* 10 a second, 3 at once */
static struct conf_rate rate = { "10/s", 3, 100 * MS };
static struct rate_table table;

static const struct sockaddr *
address_of(const char *text)
{
	static union {
		struct sockaddr any;
		struct sockaddr_in ip4;
		struct sockaddr_in6 ip6;
	} a;

	memset(&a, 0, sizeof(a));
	a.any.sa_family = AF_INET;
	if (inet_pton(AF_INET, text, &a.ip4.sin_addr) == 1)
		return &a.any;
	a.any.sa_family = AF_INET6;
	if (inet_pton(AF_INET6, text, &a.ip6.sin6_addr) == 1)
		return &a.any;
	a.any.sa_family = AF_UNIX;
	return &a.any;
}

static void
open_table(void)
{
	static struct conf_route route = { .rate.text = "1/s" };
	static struct conf_site site = { .routes = &route, .nroutes = 1 };
	static const struct conf conf = { .sites = &site, .nsites = 1 };

	rate_table_open(&table, &conf);
}

static int64_t
take(const char *client, int64_t now)
{
	return rate_table_take(&table, &rate, address_of(client), now);
}

static const struct {
	int64_t after; /* ms, since the row before */
	int64_t wait;  /* seconds; 0: admitted */
} steps[] = {
	{ 5000, 0 },
	{ 0, 0 },
	{ 0, 0 },
	{ 0, 1 },
	{ 99, 1 },
	{ 1, 0 }, /* one is due */
	{ 0, 1 },
	{ 250, 0 },
	{ 0, 0 },
	{ 0, 1 },
	{ 10000, 0 }, /* no more than the burst is saved */
	{ 0, 0 },
	{ 0, 0 },
	{ 0, 1 },
};

START_TEST(a_client_gets_its_burst_and_then_the_rate)
{
	int64_t now = 0;

	open_table();
	for (size_t i = 0; i < ROWS(steps); i++) {
		now += steps[i].after * MS;
		ck_assert_msg(
			take("192.0.2.1", now) == steps[i].wait, "step %zu", i);
	}
	rate_table_close(&table);
}
END_TEST

static const struct {
	const char *one, *other;
	bool is_same;
} clients[] = {
	{ "192.0.2.1", "192.0.2.2", false },
	{ "192.0.2.1", "::ffff:192.0.2.1", true },
	{ "2001:db8::1", "2001:db8::2", true },
	{ "2001:db8::1", "2001:db8:0:1::1", false },
	{ "unix", "unix", true },
};

START_TEST(clients_are_counted_by_address_or_network)
{
	open_table();
	for (int64_t i = 0; i < rate.burst; i++)
		ck_assert_int_eq(take(clients[_i].one, MS), 0);
	ck_assert_int_eq(take(clients[_i].other, MS), clients[_i].is_same);
	rate_table_close(&table);
}
END_TEST

START_TEST(the_wait_is_told_in_whole_seconds)
{
	static const struct conf_rate slow = { "2/m", 1, 30000 * MS };

	open_table();
	ck_assert_int_eq(
		rate_table_take(&table, &slow, address_of("::1"), MS), 0);
	ck_assert_int_eq(
		rate_table_take(&table, &slow, address_of("::1"), 1500 * MS),
		29);
	rate_table_close(&table);
}
END_TEST

/* One client exceeds its rate while 100,000 others send a request each. */
START_TEST(a_flood_of_addresses_does_not_make_it_forget)
{
	enum { OTHERS = 100000, EVERY = 10 };
	char text[32];
	int refused = 0;

	open_table();
	for (int i = 0; i < OTHERS; i++) {
		snprintf(text, sizeof(text), "10.%d.%d.%d", i >> 16,
			i >> 8 & 255, i & 255);
		take(text, MS);
		if (i % EVERY == 0)
			refused += take("192.0.2.1", MS) > 0;
	}
	ck_assert_int_gt(refused, OTHERS / EVERY - 10);
	rate_table_close(&table);
}
END_TEST

START_TEST(what_exceeds_the_rate_gets_429)
{
	struct fake_worker fake;
	struct conf_route *route;

	fake_worker_open(&fake);
	route = fake_worker_add_route(&fake, "/");
	route->is_limited = true;
	route->rate = rate;
	fake_worker_start(&fake);
	for (int64_t i = 0; i < rate.burst; i++)
		ck_assert_ptr_null(
			strstr(fake_worker_ask(&fake, GET), " 429 "));
	ck_assert_ptr_nonnull(strstr(fake_worker_ask(&fake, GET),
		"HTTP/1.1 429 Too Many Requests\r\n"));
	ck_assert_ptr_nonnull(strstr(fake.answer, "\r\nRetry-After: 1\r\n"));
	ck_assert_uint_eq(fake.slot.refused[SLOT_REFUSED_RATE], 1);
	fake_worker_close(&fake);
}
END_TEST

static const struct {
	int64_t maintenance; /* ms */
	const char *target, *status, *field;
} repairs[] = {
	{ 0, "/", "", "" },
	{ 600000, "/", " 503 ", "\r\nRetry-After: 600\r\n" },
	{ 1500, "/x/y", " 503 ", "\r\nRetry-After: 2\r\n" },
};

START_TEST(a_site_in_maintenance_answers_503)
{
	struct fake_worker fake;
	char head[64];

	fake_worker_open(&fake);
	fake_worker_add_route(&fake, "/")->is_limited = true;
	fake.site.maintenance = repairs[_i].maintenance;
	fake_worker_start(&fake);
	snprintf(head, sizeof(head), "GET %s HTTP/1.1\r\nHost: a\r\n\r\n",
		repairs[_i].target);
	fake_worker_ask(&fake, head);
	ck_assert_int_eq(strstr(fake.answer, " 503 ") != NULL,
		repairs[_i].maintenance > 0);
	ck_assert_ptr_nonnull(strstr(fake.answer, repairs[_i].status));
	ck_assert_ptr_nonnull(strstr(fake.answer, repairs[_i].field));
	ck_assert_uint_eq(fake.slot.refused[SLOT_REFUSED_MAINTENANCE],
		repairs[_i].maintenance > 0);
	fake_worker_close(&fake);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ a_client_gets_its_burst_and_then_the_rate, 0 },
		{ clients_are_counted_by_address_or_network, ROWS(clients) },
		{ the_wait_is_told_in_whole_seconds, 0 },
		{ a_flood_of_addresses_does_not_make_it_forget, 0 },
		{ what_exceeds_the_rate_gets_429, 0 },
		{ a_site_in_maintenance_answers_503, ROWS(repairs) },
	};

	return harness_run("rate_limit", tests, ROWS(tests));
}
