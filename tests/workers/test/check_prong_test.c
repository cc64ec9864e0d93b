/*
 * libprong-test: clients that stay, and time that the test advances.
 * SPDX-License-Identifier: MIT
 */
#include "api/prong_test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "support/harness.h"
#include "test/test_state.h"

static struct {
	int ticks, once, ended;
	struct prong_context *stream;
	char order[16]; /* of the timers */
} seen;

static void
note_timer(char which)
{
	size_t len = strlen(seen.order);

	if (len + 1 < sizeof(seen.order))
		seen.order[len] = which;
}

static void
tick(struct prong_instance *i, void *data)
{
	(void)i;
	(void)data;
	seen.ticks++;
	note_timer('t');
	if (seen.stream != NULL)
		prong_sse_send(seen.stream, NULL, NULL, "tick");
}

static void
ring_once(struct prong_instance *i, void *data)
{
	(void)i;
	(void)data;
	seen.once++;
	note_timer('o');
}

static int
start(struct prong_instance *i)
{
	prong_every(i, 60000, tick, NULL);
	prong_after_always(i, 150000, ring_once, NULL);
	return 0;
}

static void
end_stream(struct prong_context *ctx, enum prong_end why, void *data)
{
	(void)ctx;
	(void)data;
	seen.stream = NULL;
	seen.ended = (int)why + 1;
}

static void
open_stream(struct prong_context *ctx)
{
	seen.stream = ctx;
	prong_on_end(ctx, end_stream, NULL);
	prong_sse(ctx);
	prong_sse_send(ctx, NULL, NULL, "hello");
}

static void
answer(struct prong_context *ctx, void *data)
{
	prong_text(ctx, 200, "%s", (char *)data);
}

static void
answer_later(struct prong_context *ctx)
{
	prong_defer(ctx);
	prong_after(ctx, 30000, answer, (void *)"late");
}

/* When the time of the server is over, too. */
static void
answer_late(struct prong_context *ctx)
{
	prong_defer(ctx);
	prong_after(ctx, 10000, answer, (void *)"just in time");
}

static void
answer_never(struct prong_context *ctx)
{
	prong_defer(ctx);
}

static void
echo(struct prong_context *ctx, enum prong_ws_kind kind, const char *bytes,
	size_t len, void *data)
{
	(void)data;
	if (len == 3 && memcmp(bytes, "bye", 3) == 0)
		prong_ws_close(ctx, 1000, "good");
	else
		prong_ws_send(ctx, kind, bytes, len);
}

static void
open_websocket(struct prong_context *ctx)
{
	static const struct prong_ws ws = { .on_message = echo };

	prong_ws_accept(ctx, &ws, NULL);
}

static void
write_parts(struct prong_context *ctx)
{
	prong_stream(ctx, 200, "text/plain");
	prong_write(ctx, "one two", 7);
	prong_finish(ctx);
}

static const struct prong_route routes[] = {
	{ "GET", "/sse", .handler = open_stream },
	{ "GET", "/later", .handler = answer_later, .time_most = 60000 },
	{ "GET", "/late", .handler = answer_late },
	{ "GET", "/never", .handler = answer_never },
	{ "GET", "/own", .handler = answer_never, .time_most = 40000 },
	{ "GET", "/ws", .handler = open_websocket },
	{ "POST", "/parts", .handler = write_parts },
	PRONG_ROUTES_END,
};

static const struct prong_module module = { .abi = PRONG_ABI,
	.size = sizeof(struct prong_module),
	.route_size = sizeof(struct prong_route),
	.name = "test",
	.routes = routes,
	.start = start };

static struct prong_test *t;

static void
open_test(void)
{
	memset(&seen, 0, sizeof(seen));
	t = prong_test_new(&module, NULL);
	ck_assert_ptr_nonnull(t);
}

/* ---- time --------------------------------------------------------------- */

START_TEST(timers_are_called_at_their_times_in_order)
{
	open_test();
	prong_test_advance(t, 30000);
	ck_assert_str_eq(seen.order, "");
	prong_test_advance(t, 40000);
	ck_assert_str_eq(seen.order, "t");
	prong_test_advance(t, 180000);
	ck_assert_str_eq(seen.order, "ttott");
	prong_test_free(t);
}
END_TEST

static const struct {
	const char *target;
	int64_t ms;
	int status; /* 0: none yet */
} waits[] = {
	{ "/later", 20000, 0 },
	{ "/later", 31000, 200 },
	{ "/never", 5000, 0 },
	{ "/never", 11000, 504 }, /* timeouts.handler */
	{ "/own", 20000, 0 },
	{ "/own", 41000, 504 },
};

/* An hour would be as fast. */
START_TEST(a_request_sees_the_time_that_has_passed)
{
	struct prong_test_client *c;
	const char *text = "";

	open_test();
	c = prong_test_begin(t, "GET", waits[_i].target, NULL, NULL, 0);
	prong_test_advance(t, waits[_i].ms);
	ck_assert_int_eq(prong_test_client_status(c), waits[_i].status);
	if (waits[_i].status == 200)
		text = prong_test_wait_for(c, "late");
	ck_assert_ptr_nonnull(text);
	prong_test_free(t);
}
END_TEST

/* A client that sends its request and then shuts down its sending side. */
static int
ask_and_shut_down(void)
{
	static const char head[] = "GET /late HTTP/1.1\r\nHost: a\r\n\r\n";
	int fd = test_connect(t);

	test_send(t, fd, head, sizeof(head) - 1);
	prong_test_run(t, 1);
	ck_assert_int_eq(shutdown(fd, SHUT_WR), 0);
	return fd;
}

/* Or with 504, but never by the end of the connection alone. */
START_TEST(an_answer_in_the_turn_of_its_deadline_is_sent)
{
	enum { CLIENTS = 20 };
	struct prong_test_client *c[CLIENTS];

	open_test();
	for (int i = 0; i < CLIENTS; i++)
		c[i] = prong_test_begin(t, "GET", "/late", NULL, NULL, 0);
	prong_test_advance(t, 11000);
	for (int i = 0; i < CLIENTS; i++)
		ck_assert_int_ne(prong_test_client_status(c[i]), 0);
	prong_test_free(t);
}
END_TEST

/* The end of its input does not keep a client from its response. */
START_TEST(an_answer_after_the_end_of_the_input_is_sent)
{
	enum { CLIENTS = 20 };
	char bytes[16];
	int fds[CLIENTS];
	ssize_t n;

	open_test();
	for (int i = 0; i < CLIENTS; i++)
		fds[i] = ask_and_shut_down();
	prong_test_advance(t, 11000);
	for (int i = 0; i < CLIENTS; i++) {
		n = recv(fds[i], bytes, sizeof(bytes), 0);
		for (int k = 0; k < 1000 && n == -1; k++) {
			prong_test_run(t, 1);
			n = recv(fds[i], bytes, sizeof(bytes), 0);
		}
		ck_assert_int_eq(n, sizeof(bytes));
		close(fds[i]);
	}
	prong_test_free(t);
}
END_TEST

static time_t
date_of(const struct prong_test_answer *a)
{
	struct tm tm = { 0 };
	const char *date = strstr(a->head, "\r\nDate: ");

	ck_assert_ptr_nonnull(date);
	ck_assert_ptr_nonnull(strptime(date + 8, "%a, %d %b %Y %H:%M:%S", &tm));
	return timegm(&tm);
}

START_TEST(fields_of_an_answer_are_valid_until_the_next_one)
{
	const char *type, *date;

	open_test();
	prong_test_ask(t, "GET", "/none", NULL, NULL, 0);
	type = prong_test_field(t, "Content-Type");
	date = prong_test_field(t, "Date");
	ck_assert_ptr_nonnull(date);
	ck_assert_str_eq(type, "application/problem+json");
	ck_assert_ptr_eq(prong_test_field(t, "date"), date);
	prong_test_free(t);
}
END_TEST

START_TEST(many_clients_may_be_open)
{
	enum { CLIENTS = 200 };
	struct prong_test_client *clients[CLIENTS];
	const struct prong_test_message *m;

	open_test();
	for (int i = 0; i < CLIENTS; i++) {
		clients[i] =
			prong_test_open(t, "WEBSOCKET", "/ws", NULL, NULL, 0);
		ck_assert_ptr_nonnull(clients[i]);
	}
	for (int i = 0; i < CLIENTS; i++) {
		prong_test_ws_send(clients[i], PRONG_WS_TEXT, "hi", 2);
		m = prong_test_ws_receive(clients[i]);
		ck_assert_ptr_nonnull(m);
		ck_assert_str_eq(m->bytes, "hi");
	}
	prong_test_free(t);
}
END_TEST

START_TEST(a_client_without_descriptors_is_none)
{
	struct rlimit had, none;
	const struct prong_test_answer *a;

	open_test();
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &had), 0);
	none = had;
	none.rlim_cur = 3;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
	ck_assert_ptr_null(prong_test_begin(t, "GET", "/none", NULL, NULL, 0));
	ck_assert_int_eq(errno, EMFILE);
	ck_assert_ptr_null(prong_test_open(t, "GET", "/none", NULL, NULL, 0));
	a = prong_test_ask(t, "GET", "/none", NULL, NULL, 0);
	ck_assert_int_eq(a->status, 0);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &had), 0);
	a = prong_test_ask(t, "GET", "/none", NULL, NULL, 0);
	ck_assert_int_eq(a->status, 404);
	prong_test_free(t);
}
END_TEST

START_TEST(the_date_advances)
{
	time_t before;

	open_test();
	before = date_of(prong_test_ask(t, "GET", "/none", NULL, NULL, 0));
	prong_test_advance(t, 3600 * 1000);
	ck_assert_int_ge(
		date_of(prong_test_ask(t, "GET", "/none", NULL, NULL, 0)),
		before + 3600);
	prong_test_free(t);
}
END_TEST

/* ---- streams ------------------------------------------------------------ */

START_TEST(events_are_read_as_they_come)
{
	struct prong_test_client *c;

	open_test();
	c = prong_test_open(t, "GET", "/sse", NULL, NULL, 0);
	ck_assert_ptr_nonnull(c);
	ck_assert_int_eq(prong_test_client_status(c), 200);
	ck_assert_str_eq(prong_test_client_field(c, "content-type"),
		"text/event-stream");
	ck_assert_str_eq(prong_test_wait_for(c, "\n\n"), "data: hello\n\n");
	prong_test_advance(t, 14000);
	ck_assert_ptr_null(strstr(seen.order, "t"));
	prong_test_advance(t, 120000);
	/* After 15 s of silence, and each minute. */
	ck_assert_str_eq(prong_test_wait_for(c, "\n\n"), ":\n\n");
	ck_assert_ptr_nonnull(prong_test_wait_for(c, "data: tick\n\n"));
	ck_assert_ptr_nonnull(prong_test_wait_for(c, "data: tick\n\n"));
	prong_test_close(c);
	for (int i = 0; i < 100 && seen.ended == 0; i++)
		prong_test_run(t, 1);
	ck_assert_int_eq(seen.ended, PRONG_CLIENT_GONE + 1);
	prong_test_free(t);
}
END_TEST

START_TEST(the_end_of_a_response_is_told)
{
	struct prong_test_client *c;

	open_test();
	c = prong_test_open(t, "POST", "/parts", NULL, "body", 4);
	ck_assert_ptr_null(prong_test_wait_for(c, "three"));
	ck_assert_str_eq(prong_test_wait_for(c, "one"), "one");
	ck_assert_str_eq(prong_test_wait_for(c, "o"), " two");
	ck_assert(prong_test_wait_end(c));
	/* Left to prong_test_free(). */
	ck_assert_ptr_nonnull(prong_test_open(t, "GET", "/sse", NULL, NULL, 0));
	prong_test_free(t);
	ck_assert_int_eq(seen.ended, PRONG_CLIENT_GONE + 1);
}
END_TEST

/* ---- WebSockets --------------------------------------------------------- */

static const size_t lengths[] = { 0, 1, 125, 126, 65535, 65536, 1000000 };

START_TEST(messages_of_any_length_are_echoed)
{
	struct prong_test_client *c;
	const struct prong_test_message *got;
	char *text = malloc(lengths[_i] + 1);

	memset(text, 'x', lengths[_i]);
	open_test();
	c = prong_test_open(t, "WEBSOCKET", "/ws", NULL, NULL, 0);
	ck_assert_ptr_nonnull(c);
	ck_assert_int_eq(prong_test_client_status(c), 101);
	ck_assert_int_eq(
		prong_test_ws_send(c, PRONG_WS_BINARY, text, lengths[_i]), 0);
	got = prong_test_ws_receive(c);
	ck_assert_ptr_nonnull(got);
	ck_assert_int_eq(got->kind, PRONG_WS_BINARY);
	ck_assert_uint_eq(got->len, lengths[_i]);
	ck_assert(memcmp(got->bytes, text, got->len) == 0);
	free(text);
	prong_test_free(t);
}
END_TEST

START_TEST(control_frames_are_received)
{
	struct prong_test_client *c;
	const struct prong_test_message *got;

	open_test();
	c = prong_test_open(t, "WEBSOCKET", "/ws", NULL, NULL, 0);
	prong_test_ws_send(c, 9, "ping", 4);
	got = prong_test_ws_receive(c);
	ck_assert_int_eq(got->kind, 10);
	ck_assert_str_eq(got->bytes, "ping");
	/* A silent socket is asked whether it lives, after 30 s. */
	prong_test_advance(t, 31000);
	got = prong_test_ws_receive(c);
	ck_assert_ptr_nonnull(got);
	ck_assert_int_eq(got->kind, 9);
	prong_test_ws_send(c, PRONG_WS_TEXT, "bye", 3);
	got = prong_test_ws_receive(c);
	ck_assert_int_eq(got->kind, 8);
	ck_assert_int_eq(got->code, 1000);
	ck_assert_str_eq(got->bytes + 2, "good");
	prong_test_free(t);
}
END_TEST

START_TEST(a_handshake_may_be_refused)
{
	struct prong_test_client *c;

	open_test();
	c = prong_test_open(t, "WEBSOCKET", "/none", NULL, NULL, 0);
	ck_assert_int_eq(prong_test_client_status(c), 404);
	ck_assert_int_eq(prong_test_ws_send(c, PRONG_WS_TEXT, "x", 1), -1);
	ck_assert_int_eq(errno, EINVAL);
	prong_test_free(t);
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ timers_are_called_at_their_times_in_order, 1 },
		{ a_request_sees_the_time_that_has_passed, ROWS(waits) },
		{ an_answer_in_the_turn_of_its_deadline_is_sent, 5 },
		{ an_answer_after_the_end_of_the_input_is_sent, 1 },
		{ fields_of_an_answer_are_valid_until_the_next_one, 1 },
		{ many_clients_may_be_open, 1 },
		{ a_client_without_descriptors_is_none, 1 },
		{ the_date_advances, 1 },
		{ events_are_read_as_they_come, 1 },
		{ the_end_of_a_response_is_told, 1 },
		{ messages_of_any_length_are_echoed, ROWS(lengths) },
		{ control_frames_are_received, 1 },
		{ a_handshake_may_be_refused, 1 },
	};

	return harness_run("prong_test", tests, ROWS(tests));
}
