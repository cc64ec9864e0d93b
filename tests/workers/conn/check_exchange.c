/*
 * What an exchange keeps, and until when.
 * SPDX-License-Identifier: MIT
 */
#include "conn/exchange.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "conn/body_memory.h"
#include "conn/conn.h"
#include "support/fake_worker.h"
#include "support/harness.h"

static const struct sockaddr peer = { .sa_family = AF_UNIX };

static struct fake_worker fake;
static struct exchange *x;

static void
set_up(void)
{
	fake_worker_open(&fake);
	fake_worker_add_route(&fake, "/");
	fake_worker_start(&fake);
	x = exchange_new(&fake.worker, fake_protocol(), fake.output, &peer);
}

static void
tear_down(void)
{
	exchange_free(x);
	fake_worker_close(&fake);
}

START_TEST(a_new_one_is_ready_for_a_head)
{
	set_up();
	ck_assert_int_eq(x->phase, EXCHANGE_HEAD);
	ck_assert_int_eq(x->status, 0);
	ck_assert(body_is_done(&x->body));
	ck_assert(output_is_empty(x->output));
	ck_assert_ptr_eq(x->worker, &fake.worker);
	ck_assert_ptr_eq(x->peer, &peer);
	tear_down();
}
END_TEST

START_TEST(an_exchange_costs_at_most_6_KiB_and_an_idle_connection_400_bytes)
{
	enum { EXCHANGE = 6 * 1024, CONN = 400 };

	set_up();
	exchange_copy(x, "", 1);
	ck_assert_uint_gt(x->arena.total, 0);
	ck_assert_uint_le(sizeof(*x) + x->arena.total, EXCHANGE);
	ck_assert_uint_le(sizeof(struct conn), CONN);
	tear_down();
}
END_TEST

START_TEST(the_one_freed_last_is_used_first)
{
	struct exchange *other, *was;

	set_up();
	other = exchange_new(&fake.worker, fake_protocol(), fake.output, &peer);
	ck_assert_ptr_ne(other, x);
	was = x;
	exchange_free(other);
	exchange_free(x);
	x = exchange_new(&fake.worker, fake_protocol(), fake.output, &peer);
	ck_assert_ptr_eq(x, was);
	exchange_free(NULL);
	tear_down();
}
END_TEST

START_TEST(the_free_list_has_an_end)
{
	enum { MANY = 200 };
	struct exchange *many[MANY];

	set_up();
	for (int i = 0; i < MANY; i++)
		many[i] = exchange_new(
			&fake.worker, fake_protocol(), fake.output, &peer);
	for (int i = 0; i < MANY; i++)
		exchange_free(many[i]);
	ck_assert_uint_gt(fake.worker.exchanges.nfree, 0);
	ck_assert_uint_lt(fake.worker.exchanges.nfree, MANY);
	tear_down();
}
END_TEST

/* What follows each event, in the order of enum exchange_event; -1: a fault of
 * ours, and the worker ends. */
static const int steps[EXCHANGE_PHASES][EXCHANGE_EVENTS] = {
	[EXCHANGE_HEAD] = { EXCHANGE_BODY, EXCHANGE_HANDLE, EXCHANGE_TUNNEL, -1,
		EXCHANGE_HEAD, EXCHANGE_LAST },
	[EXCHANGE_BODY] = { -1, EXCHANGE_HANDLE, EXCHANGE_TUNNEL, -1,
		EXCHANGE_HEAD, EXCHANGE_LAST },
	[EXCHANGE_HANDLE] = { -1, -1, EXCHANGE_TUNNEL, EXCHANGE_BODY,
		EXCHANGE_HEAD, EXCHANGE_LAST },
	[EXCHANGE_TUNNEL] = { -1, -1, -1, -1, -1, EXCHANGE_LAST },
	[EXCHANGE_LAST] = { -1, -1, -1, -1, -1, -1 },
};

static bool
aborts(enum exchange_event event)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		if (freopen("/dev/null", "w", stderr) == NULL)
			_exit(1);
		exchange_enter(x, event);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

START_TEST(a_phase_follows_another_only_by_its_event)
{
	enum exchange_event event = (enum exchange_event)(_i % EXCHANGE_EVENTS);
	int from = _i / EXCHANGE_EVENTS;

	set_up();
	x->phase = (enum exchange_phase)from;
	if (steps[from][event] == -1) {
		ck_assert(aborts(event));
	} else {
		exchange_enter(x, event);
		ck_assert_int_eq(x->phase, steps[from][event]);
	}
	tear_down();
}
END_TEST

START_TEST(added_fields_stand_in_their_order)
{
	struct span id;

	set_up();
	exchange_add_field(x, SPAN("A"), SPAN("1"));
	exchange_add_fields(x, SPAN("B: 2\r\nC: 3\r\n"));
	id = exchange_add_field(x, SPAN("D"), SPAN("four"));
	ck_assert(span_is(
		x->extra_fields, SPAN("A: 1\r\nB: 2\r\nC: 3\r\nD: four\r\n")));
	ck_assert(span_is(id, SPAN("four")));
	exchange_next(x);
	ck_assert_uint_eq(x->extra_fields.len, 0);
	tear_down();
}
END_TEST

/* One assertion for them all: each costs Check a write to a file. */
static bool
are_all(const char *bytes, size_t len, char c)
{
	for (size_t i = 0; i < len; i++)
		if (bytes[i] != c)
			return false;
	return true;
}

START_TEST(a_copy_of_any_size_lives_until_it_is_sent)
{
	static const size_t sizes[] = { 0, 1, 8 * 1024, 8 * 1024 + 1,
		4 * 1024 * 1024 };
	char *bytes = malloc(sizes[4]), *copies[ROWS(sizes)];

	set_up();
	ck_assert_ptr_nonnull(bytes);
	memset(bytes, 'a', sizes[4]);
	for (size_t i = 0; i < ROWS(sizes); i++)
		copies[i] = exchange_copy(x, bytes, sizes[i]);
	memset(bytes, 'b', sizes[4]);
	for (size_t i = 0; i < ROWS(sizes); i++)
		ck_assert(are_all(copies[i], sizes[i], 'a'));
	exchange_sent(x);
	ck_assert_ptr_null(x->copies);
	free(bytes);
	tear_down();
}
END_TEST

START_TEST(content_is_put_together)
{
	enum { PIECES = 1000, EACH = 37 };
	char piece[EACH];

	set_up();
	for (int i = 0; i < PIECES; i++) {
		memset(piece, 'a' + i % 26, EACH);
		exchange_add_content(x, (struct span){ piece, EACH });
	}
	ck_assert_uint_eq(x->content_len, PIECES * EACH);
	for (int i = 0; i < PIECES; i++)
		ck_assert(are_all(
			x->content + i * EACH, EACH, (char)('a' + i % 26)));
	exchange_sent(x);
	ck_assert_ptr_null(x->content);
	tear_down();
}
END_TEST

START_TEST(what_was_sent_before_takes_nothing_from_who_is_in_flight)
{
	char *kept;

	set_up();
	kept = exchange_copy(x, "kept", 5);
	exchange_add_content(x, SPAN("content"));
	output_add(x->output, "100", 3, NULL);
	output_drop(x->output);
	exchange_enter(x, EXCHANGE_ON_CONTENT);
	exchange_sent(x);
	ck_assert_str_eq(kept, "kept");
	ck_assert_uint_eq(x->content_len, 7);
	ck_assert_mem_eq(x->content, "content", 7);
	ck_assert_uint_eq(x->output->queued, 0);
	exchange_enter(x, EXCHANGE_ON_LAST);
	tear_down();
}
END_TEST

/* Its memory may stay, when the next one came before all was sent. */
START_TEST(the_content_of_one_request_is_not_the_next_ones)
{
	set_up();
	exchange_add_content(x, SPAN("first"));
	exchange_next(x);
	exchange_add_content(x, SPAN("second"));
	ck_assert_uint_eq(x->content_len, 6);
	ck_assert_mem_eq(x->content, "second", 6);
	tear_down();
}
END_TEST

/* The buffer never exceeds half as much again, nor the content that is to
 * come. */
START_TEST(content_takes_no_more_than_it_needs)
{
	enum { LENGTH = 100000, EACH = 700 };
	static char piece[EACH];

	set_up();
	x->request.content_length = LENGTH;
	while (x->content_len + EACH <= LENGTH) {
		ck_assert_int_eq(
			exchange_add_content(x, (struct span){ piece, EACH }),
			0);
		ck_assert_uint_le(x->content_size, LENGTH + 1);
		ck_assert(x->content_size <= 4096 ||
			  x->content_size <= x->content_len * 3 / 2);
		ck_assert_uint_eq(
			exchange_body_memory(x)->used, x->content_size);
	}
	exchange_free_content(x);
	ck_assert_uint_eq(exchange_body_memory(x)->used, 0);
	tear_down();
}
END_TEST

START_TEST(content_beyond_the_memory_of_all_is_refused)
{
	struct body_memory *memory;
	struct exchange *other;
	static char piece[3000];

	set_up();
	memory = exchange_body_memory(x);
	memory->limit = 10000;
	other = exchange_new(&fake.worker, fake_protocol(), fake.output, &peer);
	x->request.content_length = other->request.content_length = 12000;
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(
			exchange_add_content(x, (struct span){ piece, 3000 }),
			0);
	ck_assert_int_eq(
		exchange_add_content(other, (struct span){ piece, 3000 }), 503);
	ck_assert_uint_eq(memory->used, x->content_size);
	exchange_free_content(x);
	ck_assert_int_eq(
		exchange_add_content(other, (struct span){ piece, 3000 }), 0);
	/* It would not fit if it were alone. */
	for (int i = 0; i < 2; i++)
		exchange_add_content(other, (struct span){ piece, 3000 });
	ck_assert_int_eq(
		exchange_add_content(other, (struct span){ piece, 3000 }), 413);
	exchange_free(other);
	ck_assert_uint_eq(memory->used, 0);
	tear_down();
}
END_TEST

/* Where it fills its buffer there is room for the NUL, limit or not. */
START_TEST(content_can_always_be_terminated)
{
	static char piece[8192];

	set_up();
	x->request.content_length = REQUEST_NO_LENGTH;
	x->body_most = sizeof(piece) - 1;
	exchange_body_memory(x)->limit = sizeof(piece);
	memset(piece, 'x', sizeof(piece));
	ck_assert_int_eq(
		exchange_add_content(x, (struct span){ piece, sizeof(piece) }),
		0);
	exchange_terminate_content(x);
	ck_assert_uint_eq(strlen(x->content), sizeof(piece));
	exchange_free_content(x);
	ck_assert_uint_eq(exchange_body_memory(x)->used, 0);
	tear_down();
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ a_new_one_is_ready_for_a_head, 0 },
		{ an_exchange_costs_at_most_6_KiB_and_an_idle_connection_400_bytes,
			0 },
		{ a_phase_follows_another_only_by_its_event,
			(int)EXCHANGE_PHASES * (int)EXCHANGE_EVENTS },
		{ added_fields_stand_in_their_order, 0 },
		{ the_one_freed_last_is_used_first, 0 },
		{ the_free_list_has_an_end, 0 },
		{ a_copy_of_any_size_lives_until_it_is_sent, 0 },
		{ content_is_put_together, 0 },
		{ what_was_sent_before_takes_nothing_from_who_is_in_flight, 0 },
		{ the_content_of_one_request_is_not_the_next_ones, 0 },
		{ content_takes_no_more_than_it_needs, 0 },
		{ content_beyond_the_memory_of_all_is_refused, 0 },
		{ content_can_always_be_terminated, 0 },
	};

	return harness_run("exchange", tests, ROWS(tests));
}
