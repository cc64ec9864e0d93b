/*
 * How many requests are answered at once.
 * SPDX-License-Identifier: MIT
 */
#include "serve/request_limits.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/slot.h"
#include "conn/exchange.h"
#include "conn/exchange_life.h"
#include "serve/serve.h"
#include "support/fake_worker.h"
#include "support/harness.h"

#define GET "GET /a HTTP/1.1\r\nHost: a\r\n\r\n"

static struct fake_worker fake;

static void
start(int64_t site, int64_t route, int64_t client)
{
	struct conf_route *r;

	fake_worker_open(&fake);
	fake_worker_write(&fake, "a", "hello\n", 6);
	r = fake_worker_add_route(&fake, "/");
	fake.site.in_flight = site;
	r->in_flight = route;
	r->is_limited = site > 0 || route > 0;
	fake.conf.limits.client_in_flight = client;
	fake_worker_start(&fake);
}

/* A request whose response is not sent yet. */
static struct exchange *
begin(void)
{
	int status;
	struct exchange *x = fake_worker_begin(&fake, GET, &status);

	ck_assert_int_eq(status, 0);
	serve_route(x);
	serve_answer(x);
	return x;
}

static const struct {
	int64_t site, route, client;
	int status; /* of one more */
	enum slot_refusal reason;
} limits[] = {
	{ 2, 0, 0, 503, SLOT_REFUSED_IN_FLIGHT },
	{ 0, 2, 0, 503, SLOT_REFUSED_IN_FLIGHT },
	{ 3, 2, 0, 503, SLOT_REFUSED_IN_FLIGHT },
	{ 0, 0, 2, 429, SLOT_REFUSED_CLIENT_IN_FLIGHT },
	{ 3, 3, 2, 429, SLOT_REFUSED_CLIENT_IN_FLIGHT },
};

START_TEST(a_request_beyond_the_limit_is_refused_until_another_ends)
{
	struct exchange *all[2];
	char status[8];

	start(limits[_i].site, limits[_i].route, limits[_i].client);
	snprintf(status, sizeof(status), " %d ", limits[_i].status);
	for (int round = 1; round <= 3; round++) {
		for (size_t i = 0; i < 2; i++)
			all[i] = begin();
		fake_worker_ask(&fake, GET);
		ck_assert_ptr_nonnull(strstr(fake.answer, status));
		ck_assert_ptr_nonnull(
			strstr(fake.answer, "\r\nRetry-After: 1\r\n"));
		ck_assert_uint_eq(
			fake.slot.refused[limits[_i].reason], (unsigned)round);
		exchange_free(all[0]);
		ck_assert_ptr_nonnull(
			strstr(fake_worker_ask(&fake, GET), " 200 OK"));
		exchange_free(all[1]);
	}
	ck_assert_uint_eq(fake.serve.limits.by_route[0], 0);
	ck_assert_uint_eq(fake.serve.limits.by_site[0], 0);
	ck_assert_uint_eq(fake.serve.limits.clients.used, 0);
	fake_worker_close(&fake);
}
END_TEST

START_TEST(a_request_without_a_limit_is_not_counted)
{
	struct exchange *x;

	start(0, 0, 0);
	x = begin();
	ck_assert_ptr_null(x->copies);
	ck_assert_uint_eq(fake.serve.limits.by_route[0], 0);
	exchange_free(x);
	fake_worker_close(&fake);
}
END_TEST

static void
ignore_end(struct exchange *x, enum exchange_end end)
{
	(void)x;
	(void)end;
}

/* A stream sends its output several times before it ends. */
START_TEST(a_request_is_in_flight_as_long_as_its_handler_holds_it)
{
	static const struct exchange_handler handler = { .on_gone =
								 ignore_end };
	struct exchange *x;

	start(0, 1, 0);
	x = begin();
	exchange_hold(x, &handler, NULL);
	output_drop(x->output);
	exchange_sent(x);
	ck_assert_uint_eq(fake.serve.limits.by_route[0], 1);
	x->handler = NULL;
	exchange_sent(x);
	ck_assert_uint_eq(fake.serve.limits.by_route[0], 0);
	exchange_free(x);
	fake_worker_close(&fake);
}
END_TEST

/* The next request of the connection is held by a handler; the one before it
 * ends when its response is sent. */
START_TEST(a_request_ends_whatever_holds_the_next_one)
{
	static const struct exchange_handler handler = { .on_gone =
								 ignore_end };
	struct exchange *x;

	start(0, 9, 0);
	x = begin();
	exchange_next(x);
	exchange_hold(x, &handler, NULL);
	ck_assert_uint_eq(fake.serve.limits.by_route[0], 1);
	output_drop(x->output);
	exchange_sent(x);
	ck_assert_uint_eq(fake.serve.limits.by_route[0], 0);
	x->handler = NULL;
	exchange_free(x);
	fake_worker_close(&fake);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ a_request_beyond_the_limit_is_refused_until_another_ends,
			ROWS(limits) },
		{ a_request_without_a_limit_is_not_counted, 0 },
		{ a_request_is_in_flight_as_long_as_its_handler_holds_it, 0 },
		{ a_request_ends_whatever_holds_the_next_one, 0 },
	};

	return harness_run("request_limits", tests, ROWS(tests));
}
