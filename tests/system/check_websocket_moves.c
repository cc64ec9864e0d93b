/*
 * WebSockets whose module saves and restores them outlive the worker.
 * SPDX-License-Identifier: MIT
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/harness.h"
#include "support/server.h"
#include "support/test_deadline.h"
#include "support/ws_client.h"

static struct server s;
static int generation;
static const char *queue = "0s"; /* timeouts.queue */

/* "right", at a cost of 4. */
#define USERS                                                                  \
	"quick:$2b$04$abcdefghijklmnopqrstuuFmEfrkTQnczNzw475xE2VhDrK1uwJiC\n"
#define RIGHT "Authorization: Basic cXVpY2s6cmlnaHQ=\r\n"
#define MOVES "{\"path\": \"/*\", \"module\": \"" MODULES "/moves.so\""
#define ROOT  "{\"path\": \"/*\", \"root\": \"$ROOT\"}"

/* Two numbers: the workers and the generation; then the route. */
static void
configure(int workers, const char *drain, const char *route)
{
	char *conf;

	ck_assert_int_gt(
		asprintf(&conf,
			"{\"workers\": %d, \"control\": \"control\","
			"\"pid_file\": \"$DIR/prong.pid\","
			"\"listen\": [\"127.0.0.1:$PORT\"],"
			"\"log\": {\"access\": {\"path\": \"$DIR/access.log\","
			"\"format\": \"json\"}},"
			"\"timeouts\": {\"drain_delay\": \"0s\","
			"\"drain\": \"%s\", \"queue\": \"%s\"},"
			"\"sites\": [{\"routes\": [%s, \"config\": "
			"{\"generation\": %d}}]}]}",
			workers, drain, queue, route, generation),
		0);
	if (s.pid == 0)
		server_start(&s, conf);
	else
		server_configure(&s, conf);
	free(conf);
}

static void
begin_with(const char *route, int workers, const char *drain)
{
	generation = 1;
	server_init(&s);
	s.temporary = "prong.pid";
	server_text(&s, "users", USERS);
	configure(workers, drain, route);
}

static void
begin(int workers, const char *drain)
{
	begin_with(MOVES, workers, drain);
}

static void
wait_for_generation(int n)
{
	char text[64];

	snprintf(text, sizeof(text), "generation %d serves", n);
	ck_assert(server_log_has(&s, text, DEADLINE));
}

static void
reload(int workers, const char *route)
{
	generation++;
	configure(workers, "20s", route);
	server_signal(&s, SIGHUP);
	wait_for_generation(generation);
}

/* The only worker of this generation has given so many away. */
static void
wait_for_moves(int from, int count)
{
	char text[64];

	snprintf(text, sizeof(text),
		"generation %d gave %d away and closed 0 of %d", from, count,
		count);
	ck_assert(server_log_has(&s, text, DEADLINE));
}

static void
expect_going_away(struct client *c)
{
	struct ws_frame f;

	ws_recv(c, &f);
	ck_assert_int_eq(f.first, WS_CLOSE);
	ck_assert_mem_eq(f.bytes, "\x03\xe9", 2);
	free(f.bytes);
	ws_send(c, WS_CLOSE, "\x03\xe9", 2);
	ck_assert(client_is_eof(c, DEADLINE));
	client_close(c);
}

/* Opens it with more field lines. */
static void
open_with(struct client *c, const char *path, const char *fields)
{
	client_open(c, s.port);
	ws_ask(c, path, fields);
	ck_assert(client_hears(c, "\r\n\r\n", DEADLINE));
	ck_assert_int_eq(strncmp(c->bytes, "HTTP/1.1 101", 12), 0);
	client_skip(c, (size_t)(strstr(c->bytes, "\r\n\r\n") + 4 - c->bytes));
}

static void
expect_answer(struct client *c, int count, int of)
{
	char text[64];

	snprintf(text, sizeof(text), "%d of %d", count, of);
	ws_expect(c, WS_TEXT, text);
}

static const struct {
	const char *path;
	bool has_state;
} paths[] = { { "/ws", true }, { "/later", true }, { "/nothing", false } };

START_TEST(websockets_go_on_in_the_new_worker)
{
	struct client c[ROWS(paths)];

	begin(1, "20s");
	for (size_t k = 0; k < ROWS(paths); k++) {
		ws_open(&c[k], s.port, paths[k].path);
		ws_say(&c[k], "a");
		expect_answer(&c[k], 1, 1);
	}
	for (int i = 2; i < 4; i++) {
		reload(1, MOVES);
		wait_for_moves(i - 1, ROWS(paths));
		for (size_t k = 0; k < ROWS(paths); k++) {
			ws_say(&c[k], "b");
			expect_answer(&c[k], paths[k].has_state ? i : 1, i);
			ws_send(&c[k], WS_PING, "p", 1);
			ws_expect(&c[k], WS_PONG, "p");
		}
	}
	for (size_t k = 0; k < ROWS(paths); k++) {
		ws_send(&c[k], WS_CLOSE, "\x03\xe8", 2);
		ws_expect_close(&c[k], 1000);
		client_close(&c[k]);
	}
	server_stop(&s);
}
END_TEST

/* They are counted, and were silent for longer than a request may wait. */
START_TEST(limits_refuse_no_websocket_that_moves)
{
	struct client c[2];

	begin(1, "20s");
	for (size_t k = 0; k < 2; k++) {
		ws_open(&c[k], s.port, "/ws");
		ws_say(&c[k], "a");
		expect_answer(&c[k], 1, 1);
	}
	queue = "1ms";
	reload(1, MOVES ", \"in_flight\": 1");
	wait_for_moves(1, 2);
	for (size_t k = 0; k < 2; k++) {
		ws_say(&c[k], "b");
		expect_answer(&c[k], 2, 2);
		client_close(&c[k]);
	}
	server_stop(&s);
}
END_TEST

START_TEST(a_websocket_that_moved_is_logged_once)
{
	struct client c;
	char *log;

	begin(1, "20s");
	ws_open(&c, s.port, "/ws");
	for (int i = 0; i < 2; i++) {
		reload(1, MOVES);
		wait_for_moves(generation - 1, 1);
	}
	ws_say(&c, "a");
	expect_answer(&c, 1, 3);
	ws_send(&c, WS_CLOSE, "\x03\xe8", 2);
	ws_expect_close(&c, 1000);
	client_close(&c);
	server_signal(&s, SIGTERM);
	server_wait(&s, 0);
	log = server_read(&s, "access.log");
	ck_assert_ptr_nonnull(strstr(log, "\"/ws\""));
	ck_assert_ptr_null(strstr(strstr(log, "\"/ws\"") + 1, "\"/ws\""));
	ck_assert_ptr_nonnull(strstr(log, "\"status\":101"));
	free(log);
	server_finish(&s, 0);
}
END_TEST

/* Half of a frame, a frame of a fragmented message, a frame without its
 * mask. */
static const struct {
	const char *first, *rest;
	size_t first_len, rest_len;
} halves[] = {
	{ "\x81", "\x81\0\0\0\0x", 1, 6 },
	{ "\x81\x81\0\0", "\0\0x", 4, 3 },
	{ "\x81\x82\0\0\0\0x", "y", 7, 1 },
	{ "\x01\x81\0\0\0\0x", "\x80\x81\0\0\0\0y", 7, 7 },
};

START_TEST(messages_that_have_begun_are_finished_in_the_old_worker)
{
	struct client c[ROWS(halves)];
	struct ws_frame f;

	begin(1, "20s");
	for (size_t i = 0; i < ROWS(halves); i++) {
		ws_open(&c[i], s.port, "/ws");
		ws_say(&c[i], "a");
		expect_answer(&c[i], 1, 1);
		client_send(&c[i], halves[i].first, halves[i].first_len);
	}
	reload(1, MOVES);
	for (size_t i = 0; i < ROWS(halves); i++) {
		client_send(&c[i], halves[i].rest, halves[i].rest_len);
		ws_recv(&c[i], &f);
		ck_assert_int_eq(f.first, WS_TEXT);
		ck_assert_int_eq(strncmp(f.bytes, "2 of ", 5), 0);
		free(f.bytes);
	}
	wait_for_moves(1, ROWS(halves));
	for (size_t i = 0; i < ROWS(halves); i++) {
		ws_say(&c[i], "b");
		expect_answer(&c[i], 3, 2);
		client_close(&c[i]);
	}
	server_stop(&s);
}
END_TEST

START_TEST(messages_during_reloads_are_answered_in_order)
{
	enum { EACH = 40, RELOADS = 3 };
	struct client c;
	struct ws_frame f;
	int of = 1, n, now;

	begin(2, "20s");
	ws_open(&c, s.port, "/ws");
	for (int r = 0; r < RELOADS; r++) {
		generation++;
		configure(2, "20s", MOVES);
		server_signal(&s, SIGHUP);
		for (int i = 0; i < EACH; i++) {
			ws_say(&c, "x");
			ws_recv(&c, &f);
			ck_assert_int_eq(f.first, WS_TEXT);
			ck_assert_int_eq(
				sscanf(f.bytes, "%d of %d", &n, &now), 2);
			ck_assert_int_eq(n, r * EACH + i + 1);
			ck_assert_int_ge(now, of);
			of = now;
			free(f.bytes);
		}
		wait_for_generation(generation);
	}
	client_close(&c);
	server_stop(&s);
}
END_TEST

static const char *const strays[] = { "/never", "/sends", "/too-much", "/other",
	"/text", "/not-restored", "/authorised" };

START_TEST(websockets_that_cannot_move_are_closed_with_1001)
{
	struct client c[ROWS(strays)], aborted;

	begin(1, "20s");
	for (size_t i = 0; i < ROWS(strays); i++)
		open_with(&c[i], strays[i],
			"Sec-WebSocket-Protocol: one, two\r\n");
	ws_open(&aborted, s.port, "/aborts");
	reload(1, MOVES);
	ck_assert(client_is_eof(&aborted, DEADLINE));
	client_close(&aborted);
	for (size_t i = 0; i < ROWS(strays); i++) {
		if (strcmp(strays[i], "/sends") == 0)
			ws_expect(&c[i], WS_TEXT, "bye");
		expect_going_away(&c[i]);
	}
	s.tolerated = "on_save(): ";
	server_stop(&s);
}
END_TEST

/* What each has become in the new configuration. */
static const struct {
	const char *path, *route;
} changes[] = {
	{ "/elsewhere", "{\"path\": \"/elsewhere/x/*\", \"module\": \"" MODULES
			"/moves.so\"}," },
	{ "/root", "{\"path\": \"/root/*\", \"root\": \"$ROOT\"}," },
	{ "/return", "{\"path\": \"/return/*\", \"return\": 403}," },
	{ "/deny", "{\"path\": \"/deny/*\", \"deny\": [\"127.0.0.1\"], "
		   "\"module\": \"" MODULES "/moves.so\"}," },
	{ "/auth", "{\"path\": \"/auth/*\", \"auth\": {\"realm\": \"us\", "
		   "\"file\": \"$DIR/users\"}, \"module\": \"" MODULES
		   "/moves.so\"}," },
	{ "/other", "{\"path\": \"/other/*\", \"module\": \"" MODULES
		    "/live.so\"}," },
};

/* The routes before, with the module, or those after. */
static void
make_routes(char *to, size_t size, bool is_after)
{
	size_t len = 0;

	for (size_t i = 0; i < ROWS(changes); i++)
		len += (size_t)(is_after ? snprintf(to + len, size - len, "%s",
						   changes[i].route)
					 : snprintf(to + len, size - len,
						   "{\"path\": \"%s/*\", "
						   "\"module\": \"%s\"},",
						   changes[i].path,
						   MODULES "/moves.so"));
	snprintf(to + len, size - len, "%s", MOVES);
}

START_TEST(the_new_configuration_routes_and_authorises_them_again)
{
	struct client c[ROWS(changes)];
	char conf[4096], path[64];

	make_routes(conf, sizeof(conf), false);
	begin_with(conf, 1, "20s");
	for (size_t i = 0; i < ROWS(changes); i++) {
		snprintf(path, sizeof(path), "%s/ws", changes[i].path);
		ws_open(&c[i], s.port, path);
	}
	make_routes(conf, sizeof(conf), true);
	reload(1, conf);
	for (size_t i = 0; i < ROWS(changes); i++)
		expect_going_away(&c[i]);
	server_stop(&s);
}
END_TEST

/* The password is checked by another thread, and the frames wait. */
START_TEST(a_right_password_is_right_again)
{
	static const char route[] =
		"{\"path\": \"/*\", \"auth\": {\"realm\": \"us\", "
		"\"file\": \"$DIR/users\"}, \"module\": \"" MODULES
		"/moves.so\"";
	struct client c;

	begin(1, "20s");
	open_with(&c, "/ws", RIGHT);
	reload(1, route);
	wait_for_moves(1, 1);
	ws_say(&c, "a");
	expect_answer(&c, 1, 2);
	client_close(&c);
	server_stop(&s);
}
END_TEST

START_TEST(what_does_not_become_idle_is_closed_at_the_end_of_the_drain)
{
	struct client c;

	begin(1, "500ms");
	ws_open(&c, s.port, "/ws");
	client_send(&c, "\x81", 1);
	ck_assert(server_log_has(&s, "generation 1 serves", DEADLINE));
	reload(1, MOVES);
	ws_expect_close(&c, 1001);
	client_close(&c);
	server_stop(&s);
}
END_TEST

START_TEST(a_shutdown_closes_with_1001)
{
	struct client c;

	begin(1, "20s");
	ws_open(&c, s.port, "/ws");
	server_signal(&s, SIGTERM);
	ws_expect(&c, WS_CLOSE, "\x03\xe9");
	ws_send(&c, WS_CLOSE, "\x03\xe9", 2);
	ck_assert(client_is_eof(&c, DEADLINE));
	client_close(&c);
	server_finish(&s, 0);
}
END_TEST

/* The workers of the last index have to give theirs away. */
START_TEST(websockets_outlive_a_resize)
{
	enum { MANY = 24 };
	struct client c[MANY];

	begin(3, "20s");
	for (int i = 0; i < MANY; i++) {
		ws_open(&c[i], s.port, "/ws");
		ws_say(&c[i], "a");
		expect_answer(&c[i], 1, 1);
	}
	server_signal(&s, SIGTTOU);
	ck_assert(
		server_log_has(&s, "generation 2 serves: 2 workers", DEADLINE));
	server_signal(&s, SIGTTOU);
	ck_assert(
		server_log_has(&s, "generation 3 serves: 1 worker ", DEADLINE));
	for (int i = 0; i < MANY; i++) {
		ws_say(&c[i], "b");
		expect_answer(&c[i], 2, 1);
		client_close(&c[i]);
	}
	s.sockets += 2; /* those of workers 2 and 3 */
	server_stop(&s);
}
END_TEST

START_TEST(websockets_outlive_an_upgrade)
{
	enum { MANY = 8 };
	int64_t deadline = deadline_in(DEADLINE);
	struct client c[MANY];

	begin(2, "20s");
	for (int i = 0; i < MANY; i++) {
		ws_open(&c[i], s.port, "/ws");
		ws_say(&c[i], "a");
		expect_answer(&c[i], 1, 1);
	}
	generation = 2;
	configure(2, "20s", MOVES);
	server_signal(&s, SIGUSR2);
	while (server_pid_file(&s) == s.pid && server_tick(&s, deadline))
		;
	server_wait(&s, 0);
	s.pid = server_pid_file(&s);
	for (int i = 0; i < MANY; i++) {
		ws_say(&c[i], "b");
		expect_answer(&c[i], 2, 2);
		client_close(&c[i]);
	}
	server_stop(&s);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ websockets_go_on_in_the_new_worker, 0 },
		{ limits_refuse_no_websocket_that_moves, 0 },
		{ a_websocket_that_moved_is_logged_once, 0 },
		{ messages_that_have_begun_are_finished_in_the_old_worker, 0 },
		{ messages_during_reloads_are_answered_in_order, 0 },
		{ websockets_that_cannot_move_are_closed_with_1001, 0 },
		{ the_new_configuration_routes_and_authorises_them_again, 0 },
		{ a_right_password_is_right_again, 0 },
		{ what_does_not_become_idle_is_closed_at_the_end_of_the_drain,
			0 },
		{ a_shutdown_closes_with_1001, 0 },
		{ websockets_outlive_a_resize, 0 },
		{ websockets_outlive_an_upgrade, 0 },
	};

	return harness_run("websocket_moves", tests, ROWS(tests));
}
