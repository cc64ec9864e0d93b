/*
 * The module "events": a clock and a chat, for one worker.
 * SPDX-License-Identifier: MIT
 */
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/harness.h"
#include "support/server.h"
#include "support/test_deadline.h"
#include "support/ws_client.h"

#define CONF(tick)                                                             \
	"{\"workers\": 1, \"listen\": [\"127.0.0.1:$PORT\"],"                  \
	"\"control\": \"control\", \"timeouts\": {\"drain_delay\": \"0s\"},"   \
	"\"log\": {\"access\": {\"path\": \"$DIR/access.log\"}},"              \
	"\"sites\": [{\"routes\": [{\"path\": \"/live/*\","                    \
	"\"module\": \"" SHIPPED_MODULES "/events.so\","                       \
	"\"config\": {\"tick\": " tick "}},"                                   \
	"{\"path\": \"/*\", \"root\": \"$ROOT\"}]}]}"

enum { HISTORY = 50, MORE = 10 };

static struct server s;

/* Expects the next line in the chat room to have this kind, name and text. */
static void
expect_line(
	struct client *c, const char *kind, const char *name, const char *text)
{
	struct ws_frame f;
	json_t *json;

	ws_recv(c, &f);
	ck_assert_int_eq(f.first, WS_TEXT);
	json = json_loads(f.bytes, 0, NULL);
	ck_assert_msg(json != NULL, "%s", f.bytes);
	ck_assert_str_eq(
		json_string_value(json_object_get(json, "kind")), kind);
	ck_assert_str_eq(
		json_string_value(json_object_get(json, "name")), name);
	ck_assert_pstr_eq(
		json_string_value(json_object_get(json, "text")), text);
	json_decref(json);
	free(f.bytes);
}

/* Skips what is still on its way through the master of clients that have left,
 * and expects that this one has joined. */
static void
expect_joined(struct client *c, const char *name)
{
	bool is_own;

	do {
		struct ws_frame f;
		json_t *json;

		ws_recv(c, &f);
		json = json_loads(f.bytes, 0, NULL);
		ck_assert_msg(json != NULL, "%s", f.bytes);
		is_own =
			strcmp(json_string_value(json_object_get(json, "name")),
				name) == 0;
		ck_assert_str_eq(
			json_string_value(json_object_get(json, "kind")),
			is_own ? "joined" : "left");
		json_decref(json);
		free(f.bytes);
	} while (!is_own);
}

static void
enter(struct client *c, const char *query, const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "/live/chat%s", query);
	ws_open(c, s.port, path);
	expect_line(c, "you", name, NULL);
}

static void
assert_counted(const char *text)
{
	int64_t deadline = deadline_in(DEADLINE);
	struct response r;
	bool found;

	do {
		client_fetch(s.port, "/live/counters", "", &r);
		found = strstr(r.body, text) != NULL;
		if (!found && deadline_left(deadline) == 0)
			ck_abort_msg("%s has no %s", r.body, text);
		response_free(&r);
	} while (!found);
}

static void
reload(int status, const char *err)
{
	const char *argv[] = { "prong", "reload", "-c", s.file, NULL };
	const struct program plain = { 0 };
	struct program_result result;

	program_run(&plain, argv, &result);
	ck_assert_int_eq(result.status, status);
	ck_assert_msg(strstr(result.err, err) != NULL, "%s", result.err);
}

START_TEST(the_clock_ticks_for_all_listeners)
{
	struct client c[3];

	server_serve(&s, CONF("20"));
	for (int i = 0; i < 3; i++) {
		client_open(&c[i], s.port);
		client_say(
			&c[i], "GET /live/events HTTP/1.1\r\nHost: a\r\n\r\n");
	}
	for (int i = 0; i < 3; i++) {
		ck_assert(
			client_hears(&c[i], "event: time\ndata: 20", DEADLINE));
		ck_assert(client_hears(&c[i], "id: 9\n", DEADLINE));
	}
	assert_counted("\"listeners\":3");
	for (int i = 0; i < 3; i++)
		client_close(&c[i]);
	assert_counted("\"listeners\":0");
	server_stop(&s);
}
END_TEST

START_TEST(a_chat_message_reaches_all_clients)
{
	struct client a, b;

	server_serve(&s, CONF("1000"));
	enter(&a, "?name=Anna", "Anna");
	expect_line(&a, "joined", "Anna", NULL);
	enter(&b, "?name=B%C3%A4r", "B\xc3\xa4r");
	expect_line(&b, "joined", "B\xc3\xa4r", NULL);
	expect_line(&a, "joined", "B\xc3\xa4r", NULL);
	ws_say(&a, "hello \xe2\x82\xac");
	expect_line(&a, "message", "Anna", "hello \xe2\x82\xac");
	expect_line(&b, "message", "Anna", "hello \xe2\x82\xac");
	ws_say(&b, "/name Bert");
	expect_line(&a, "left", "B\xc3\xa4r", NULL);
	expect_line(&a, "joined", "Bert", NULL);
	client_reset(&b);
	expect_line(&a, "left", "Bert", NULL);
	assert_counted("\"chatters\":1");
	client_close(&a);
	assert_counted("\"chatters\":0");
	server_stop(&s);
}
END_TEST

static const char *const bad_names[] = { "", "?name=", "?name=%FF",
	"?name=a%0Ab", "?name=123456789012345678901234567890123",
	"?name=Anna" };

START_TEST(a_client_without_a_name_is_given_one)
{
	struct client a, b;

	server_serve(&s, CONF("1000"));
	enter(&a, "?name=Anna", "Anna");
	enter(&b, bad_names[_i], "guest 1");
	client_close(&a);
	client_close(&b);
	server_stop(&s);
}
END_TEST

START_TEST(a_new_client_receives_the_last_lines)
{
	struct client a, b;
	char text[32];

	server_serve(&s, CONF("1000"));
	enter(&a, "?name=Anna", "Anna");
	for (int i = 0; i < HISTORY + MORE; i++) {
		snprintf(text, sizeof(text), "line %d", i);
		ws_say(&a, text);
	}
	assert_counted("\"messages\":60");
	enter(&b, "?name=Bert", "Bert");
	for (int i = MORE; i < HISTORY + MORE; i++) {
		snprintf(text, sizeof(text), "line %d", i);
		expect_line(&b, "message", "Anna", text);
	}
	expect_line(&b, "joined", "Bert", NULL);
	client_close(&a);
	client_close(&b);
	server_stop(&s);
}
END_TEST

/* Skips lines about other clients that join and leave. */
static void
expect_close(struct client *c, int code)
{
	struct ws_frame f;
	bool is_line;

	do {
		ws_recv(c, &f);
		is_line = f.first == WS_TEXT;
		if (!is_line) {
			ck_assert_int_eq(f.first, WS_CLOSE);
			ck_assert_uint_ge(f.len, 2);
			ck_assert_int_eq((unsigned char)f.bytes[0] << 8 |
						 (unsigned char)f.bytes[1],
				code);
		}
		free(f.bytes);
	} while (is_line);
}

START_TEST(binary_and_long_messages_are_refused)
{
	struct client c;
	char *text = server_pattern(1001);

	server_serve(&s, CONF("1000"));
	enter(&c, "", "guest 1");
	expect_line(&c, "joined", "guest 1", NULL);
	ws_send(&c, WS_BINARY, "x", 1);
	expect_close(&c, 1003);
	client_close(&c);
	assert_counted("\"chatters\":0");
	enter(&c, "", "guest 2");
	expect_joined(&c, "guest 2");
	ws_send(&c, WS_TEXT, text, 1001);
	expect_close(&c, 1009);
	client_close(&c);
	free(text);
	server_stop(&s);
}
END_TEST

static void
ask_for_counters(struct client *c)
{
	client_open(c, s.port);
	client_say(c, "GET /live/counters HTTP/1.1\r\nHost: a\r\n\r\n");
}

static void
assert_not_counted(struct client *c, const char *text)
{
	struct response r;

	client_recv(c, &r);
	ck_assert_msg(strstr(r.body, text) == NULL, "%s", r.body);
	response_free(&r);
	client_close(c);
}

/*
 * All messages arrive in one read, and the sender is neither the first nor the
 * last connection of the turn.
 */
START_TEST(a_flooding_client_does_not_starve_others)
{
	enum { MANY = 2000, FRAME = 7 };
	static const unsigned char frame[FRAME] = { WS_TEXT, 0x81, 0, 0, 0, 0,
		'x' };
	char much[MANY * FRAME];
	pid_t workers[PROC_CHILDREN];
	struct client c, before, after;
	struct response r;

	for (int i = 0; i < MANY; i++)
		memcpy(much + i * FRAME, frame, FRAME);
	server_serve(&s, CONF("60000"));
	enter(&c, "?name=Anna", "Anna");
	expect_line(&c, "joined", "Anna", NULL);
	client_open(&before, s.port);
	client_get(&before, "/hello.txt", &r);
	response_free(&r);
	ck_assert_uint_eq(server_workers(&s, workers), 1);
	server_halt(&s, workers[0]);
	client_say(&before, "GET /live/counters HTTP/1.1\r\nHost: a\r\n\r\n");
	client_send(&c, much, sizeof(much));
	ask_for_counters(&after);
	kill(workers[0], SIGCONT);
	assert_not_counted(&before, "\"messages\":2000");
	assert_not_counted(&after, "\"messages\":2000");
	for (int i = 0; i < MANY; i++)
		expect_line(&c, "message", "Anna", "x");
	client_close(&c);
	server_stop(&s);
}
END_TEST

START_TEST(listeners_reconnect_to_the_new_worker)
{
	struct client c;
	struct response r;

	server_serve(&s, CONF("20"));
	client_open(&c, s.port);
	client_say(&c, "GET /live/events HTTP/1.1\r\nHost: a\r\n\r\n");
	ck_assert(client_hears(&c, "id: 9\n", DEADLINE));
	reload(0, "");
	client_recv(&c, &r);
	ck_assert_int_eq(r.status, 200);
	response_free(&r);
	/* Its last byte was sent before it ended. */
	ck_assert(server_file_has(
		&s, "access.log", "GET /live/events HTTP/1.1", DEADLINE));
	/* On the connection that the next worker was handed. */
	client_say(&c, "GET /live/events HTTP/1.1\r\nHost: a\r\n\r\n");
	ck_assert(client_hears(&c, "event: time", DEADLINE));
	client_close(&c);
	server_stop(&s);
}
END_TEST

/* For the others they were there all the time. */
START_TEST(chat_clients_go_on_with_the_new_worker)
{
	struct client a, b;

	server_serve(&s, CONF("1000"));
	enter(&a, "?name=Anna", "Anna");
	expect_line(&a, "joined", "Anna", NULL);
	enter(&b, "?name=Bert", "Bert");
	expect_line(&b, "joined", "Bert", NULL);
	expect_line(&a, "joined", "Bert", NULL);
	for (int i = 0; i < 2; i++) {
		reload(0, "");
		ws_say(&a, "still here");
		expect_line(&a, "message", "Anna", "still here");
		expect_line(&b, "message", "Anna", "still here");
	}
	client_close(&a);
	client_close(&b);
	server_stop(&s);
}
END_TEST

/* ---- a worker that does not read ----------------------------------------- */

enum { PUBLISHED = 2000 };

#define TWO_WORKERS                                                            \
	"{\"workers\": 2, \"listen\": [\"127.0.0.1:$PORT\"]," SERVER_TIMEOUTS  \
	", \"sites\": [{\"routes\": ["                                         \
	"{\"path\": \"/live/*\","                                              \
	" \"module\": \"" SHIPPED_MODULES "/events.so\"},"                     \
	"{\"path\": \"/*\", \"module\": \"" MODULES "/publishes.so\"}]}]}"

/* Opens a connection to this worker; index -1: to one without a chat client. */
static unsigned
open_worker(struct client *c, int index)
{
	int64_t deadline = deadline_in(DEADLINE);
	struct response r;
	unsigned found;
	bool is_right;

	do {
		ck_assert_int_gt(deadline_left(deadline), 0);
		client_open(c, s.port);
		client_get(c, "/live/counters", &r);
		ck_assert_int_eq(sscanf(r.body, "{\"worker\":%u", &found), 1);
		is_right = index == -1
				   ? strstr(r.body, "\"chatters\":0") != NULL
				   : found == (unsigned)index;
		response_free(&r);
		if (!is_right)
			client_close(c);
	} while (!is_right);
	return found;
}

/* Returns what the worker has heard, and what it has lost. */
static void
ask_what_was_heard(struct client *c, unsigned *heard, unsigned *lost)
{
	unsigned worker;
	struct response r;

	client_get(c, "/heard", &r);
	ck_assert_int_eq(sscanf(r.body, "worker %u: %u,", &worker, heard), 2);
	ck_assert_int_eq(sscanf(strstr(r.body, "lost "), "lost %u", lost), 1);
	response_free(&r);
}

/* Returns when the master has passed all of them to both workers. */
static void
publish_many(struct client *c)
{
	int64_t deadline = deadline_in(DEADLINE);
	unsigned sent = 0, heard, lost;
	struct response r;

	while (sent < PUBLISHED) {
		ck_assert_int_gt(deadline_left(deadline), 0);
		client_say(c, "POST /often?n=50 HTTP/1.1\r\nHost: a\r\n"
			      "Content-Length: 0\r\n\r\n");
		client_recv(c, &r);
		sent += (unsigned)atoi(r.body);
		response_free(&r);
	}
	do {
		ck_assert_int_gt(deadline_left(deadline), 0);
		ask_what_was_heard(c, &heard, &lost);
	} while (heard + lost < sent);
}

static unsigned
receive_loss(struct client *c)
{
	struct ws_frame f;
	unsigned count;

	ws_recv(c, &f);
	ck_assert_msg(sscanf(f.bytes, "{\"kind\":\"lost\",\"count\":%u}",
			      &count) == 1,
		"%s", f.bytes);
	free(f.bytes);
	return count;
}

START_TEST(a_client_is_told_how_many_messages_its_worker_has_lost)
{
	pid_t workers[PROC_CHILDREN];
	struct client chatter, publisher, c;
	unsigned told = 0, heard, lost, other;

	server_init(&s);
	server_start(&s, TWO_WORKERS);
	enter(&chatter, "?name=Anna", "Anna");
	expect_line(&chatter, "joined", "Anna", NULL);
	other = open_worker(&publisher, -1);
	ck_assert_uint_eq(server_workers(&s, workers), 2);
	server_halt(&s, workers[1 - other]);
	publish_many(&publisher);
	kill(workers[1 - other], SIGCONT);
	told = receive_loss(&chatter);
	ck_assert_uint_gt(told, 0);
	open_worker(&c, 1 - (int)other);
	for (;;) {
		ask_what_was_heard(&c, &heard, &lost);
		if (told == lost)
			break;
		told += receive_loss(&chatter);
	}
	client_close(&chatter);
	client_close(&publisher);
	client_close(&c);
	server_stop(&s);
}
END_TEST

START_TEST(an_invalid_tick_is_refused)
{
	struct response r;

	server_serve(&s, CONF("1000"));
	server_configure(&s, CONF("9"));
	reload(1, "config.tick: must be a whole number from 10 to 60000");
	client_fetch(s.port, "/live/counters", "", &r);
	ck_assert_int_eq(r.status, 200);
	response_free(&r);
	s.tolerated = "config.tick";
	server_stop(&s);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ the_clock_ticks_for_all_listeners, 0 },
		{ a_chat_message_reaches_all_clients, 0 },
		{ a_client_without_a_name_is_given_one, ROWS(bad_names) },
		{ a_new_client_receives_the_last_lines, 0 },
		{ binary_and_long_messages_are_refused, 0 },
		{ a_flooding_client_does_not_starve_others, 0 },
		{ listeners_reconnect_to_the_new_worker, 0 },
		{ chat_clients_go_on_with_the_new_worker, 0 },
		{ a_client_is_told_how_many_messages_its_worker_has_lost, 0 },
		{ an_invalid_tick_is_refused, 0 },
	};

	return harness_run("events", tests, ROWS(tests));
}
