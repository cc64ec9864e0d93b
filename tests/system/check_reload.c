/*
 * A reload closes no connection: those that wait for a request go on in a
 * worker of the new generation, and what is in flight is finished first.
 * SPDX-License-Identifier: MIT
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/client.h"
#include "support/harness.h"
#include "support/port.h"
#include "support/server.h"
#include "support/test_deadline.h"

enum { CLIENTS = 20, RELOADS = 20, CROWD = 500, LARGE = 8 << 20 };

static struct server s;

/* SERVER_CONF for so many workers. */
#define CONF(workers)                                                          \
	"{\"workers\": " #workers                                              \
	", \"listen\": [\"127.0.0.1:$PORT\"]," SERVER_TIMEOUTS                 \
	"," SERVER_SITES "}"

/* HUP, and waits until only workers of the new generation are there. */
static void
reload(size_t workers)
{
	pid_t old[PROC_CHILDREN];
	size_t n = server_workers(&s, old);

	server_signal(&s, SIGHUP);
	ck_assert(server_has_new_workers(&s, workers, old, n, DEADLINE));
}

static void
get(struct client *c, const char *path, const char *body)
{
	struct response r;

	client_get(c, path, &r);
	ck_assert_int_eq(r.status, 200);
	ck_assert_str_eq(r.body, body);
	ck_assert(!response_lists(&r, "Connection", "close"));
	response_free(&r);
}

/* ---- busy clients ------------------------------------------------------- */

static void
turn(struct client *clients, int think)
{
	for (int i = 0; i < CLIENTS; i++)
		client_say(&clients[i],
			"GET /hello.txt HTTP/1.1\r\nHost: a\r\n\r\n");
	for (int i = 0; i < CLIENTS; i++) {
		struct response r;

		client_recv(&clients[i], &r);
		ck_assert_int_eq(r.status, 200);
		ck_assert_str_eq(r.body, "hello\n");
		ck_assert(!response_lists(&r, "Connection", "close"));
		response_free(&r);
	}
	poll(NULL, 0, think);
}

static const int thinks[] = { 0, 20 };

/* One connection each, for all of it: none is closed, by either side. */
START_TEST(reloads_close_no_connection_of_a_busy_client)
{
	struct client clients[CLIENTS];
	pid_t old[PROC_CHILDREN];
	size_t n;

	server_serve(&s, SERVER_CONF);
	for (int i = 0; i < CLIENTS; i++)
		client_open(&clients[i], s.port);
	for (int round = 0; round < RELOADS; round++) {
		n = server_workers(&s, old);
		server_signal(&s, SIGHUP);
		while (!server_has_new_workers(&s, 2, old, n, 0))
			turn(clients, thinks[_i]);
	}
	turn(clients, 0);
	for (int i = 0; i < CLIENTS; i++)
		client_close(&clients[i]);
	server_stop(&s);
}
END_TEST

static const struct {
	const char *conf;
	size_t workers;
} sizes[] = { { CONF(4), 4 }, { CONF(2), 2 }, { CONF(8), 8 }, { CONF(1), 1 },
	{ CONF(3), 3 } };

START_TEST(another_number_of_workers_closes_no_connection)
{
	struct client clients[CLIENTS];

	server_serve(&s, SERVER_CONF);
	for (int i = 0; i < CLIENTS; i++)
		client_open(&clients[i], s.port);
	turn(clients, 0);
	for (size_t i = 0; i < ROWS(sizes); i++) {
		server_configure(&s, sizes[i].conf);
		reload(sizes[i].workers);
		turn(clients, 0);
	}
	for (int i = 0; i < CLIENTS; i++)
		client_close(&clients[i]);
	server_configure(&s, CONF(8));
	reload(8);
	server_stop(&s);
}
END_TEST

/* ---- idle clients ------------------------------------------------------- */

START_TEST(a_crowd_of_idle_connections_is_handed_over)
{
	static struct client clients[CROWD];

	server_serve(&s, SERVER_CONF);
	for (int i = 0; i < CROWD; i++)
		client_open(&clients[i], s.port);
	for (int i = 0; i < CROWD / 2; i++)
		get(&clients[i], "/hello.txt", "hello\n");
	reload(2);
	reload(2);
	for (int i = 0; i < CROWD; i++) {
		get(&clients[i], "/hello.txt", "hello\n");
		client_close(&clients[i]);
	}
	server_stop(&s);
}
END_TEST

#define IMPATIENT                                                              \
	"{\"workers\": 2, \"listen\": [\"127.0.0.1:$PORT\"], \"timeouts\":"    \
	" {\"drain_delay\": \"0s\", \"idle\": \"6s\"}," SERVER_SITES "}"

/* Else no connection would be idle for long enough where reloads are frequent.
 */
START_TEST(a_hand_over_does_not_begin_the_wait_anew)
{
	int64_t began, reloaded;
	struct client c;

	server_serve(&s, IMPATIENT);
	client_open(&c, s.port);
	began = deadline_now();
	get(&c, "/hello.txt", "hello\n");
	ck_assert(client_is_silent(&c, 4000));
	reloaded = deadline_now();
	reload(2);
	ck_assert(client_is_eof(&c, DEADLINE));
	ck_assert_int_ge(deadline_now() - began, 5900);
	/* Two seconds are left; begun anew, it would be six. */
	ck_assert_int_lt(deadline_now() - reloaded, 6000);
	client_close(&c);
	server_stop(&s);
}
END_TEST

static const char *const halves[] = {
	"",                        /* accepted, and silent */
	"G",                       /* of the first word */
	"GET /hello.txt HTTP/1.1", /* of the line */
	"GET /hello.txt HTTP/1.1\r\nHost: a\r\nX: abc",
	"\r\nGET /hello.txt HTTP/1.1\r\nHost: a\r\n",
};

START_TEST(half_a_head_is_handed_over)
{
	const char *whole = "GET /hello.txt HTTP/1.1\r\n"
			    "Host: a\r\nX: abcdef\r\n\r\n";
	size_t len = strlen(halves[_i]);
	size_t skipped = halves[_i][0] == '\r' ? 2 : 0;
	struct client c;
	struct response r;

	server_serve(&s, SERVER_CONF);
	client_open(&c, s.port);
	client_say(&c, halves[_i]);
	ck_assert(client_is_silent(&c, 50));
	reload(2);
	client_say(&c, whole + len - skipped);
	client_recv(&c, &r);
	ck_assert_int_eq(r.status, 200);
	ck_assert_str_eq(r.body, "hello\n");
	response_free(&r);
	get(&c, "/hello.txt", "hello\n");
	client_close(&c);
	server_stop(&s);
}
END_TEST

#define LIMITED SERVER_CONF_WITH("\"limits\": {\"requests_per_connection\": 3}")

START_TEST(the_count_of_requests_is_handed_over)
{
	struct client c;
	struct response r;

	server_serve(&s, LIMITED);
	client_open(&c, s.port);
	get(&c, "/hello.txt", "hello\n");
	reload(2);
	get(&c, "/hello.txt", "hello\n");
	reload(2);
	client_get(&c, "/hello.txt", &r);
	ck_assert_int_eq(r.status, 200);
	ck_assert(response_lists(&r, "Connection", "close"));
	response_free(&r);
	client_close(&c);
	server_stop(&s);
}
END_TEST

/* ---- what is in flight -------------------------------------------------- */

/* The old worker ends with the answer, not with its client's connection. */
START_TEST(a_download_is_finished_and_its_connection_goes_on)
{
	char *large = server_pattern(LARGE);
	pid_t old[PROC_CHILDREN];
	struct client c;
	struct response r;
	size_t n;

	server_serve(&s, SERVER_CONF);
	server_file(&s, "www/large.bin", large, LARGE);
	client_open_narrow(&c, s.port, 16384);
	client_say(&c, "GET /large.bin HTTP/1.1\r\nHost: a\r\n\r\n");
	ck_assert(!client_is_silent(&c, DEADLINE));
	n = server_workers(&s, old);
	server_signal(&s, SIGHUP);
	ck_assert(server_log_has(&s, "draining generation 1", DEADLINE));
	client_recv(&c, &r);
	ck_assert_int_eq(r.status, 200);
	ck_assert_uint_eq(r.len, LARGE);
	ck_assert(memcmp(r.body, large, LARGE) == 0);
	ck_assert(!response_lists(&r, "Connection", "close"));
	response_free(&r);
	ck_assert(server_has_new_workers(&s, 2, old, n, DEADLINE));
	get(&c, "/hello.txt", "hello\n");
	client_close(&c);
	free(large);
	server_stop(&s);
}
END_TEST

/* No generation takes over then: the second order overrules the first. */
START_TEST(term_in_the_middle_of_a_reload_still_ends_all)
{
	char *large = server_pattern(LARGE);
	struct client c;
	struct response r;

	server_serve(&s, SERVER_CONF);
	server_file(&s, "www/large.bin", large, LARGE);
	client_open_narrow(&c, s.port, 16384);
	client_say(&c, "GET /large.bin HTTP/1.1\r\nHost: a\r\n\r\n");
	ck_assert(!client_is_silent(&c, DEADLINE));
	server_signal(&s, SIGHUP);
	ck_assert(server_log_has(&s, "draining generation 1", DEADLINE));
	server_signal(&s, SIGTERM);
	client_recv(&c, &r);
	ck_assert_uint_eq(r.len, LARGE);
	response_free(&r);
	ck_assert(client_is_eof(&c, DEADLINE));
	client_close(&c);
	free(large);
	server_finish(&s, 0);
}
END_TEST

/* ---- an address less ---------------------------------------------------- */

#define TWO_ADDRESSES                                                          \
	"{\"workers\": 2, \"listen\": [\"127.0.0.1:$PORT\","                   \
	" \"127.0.0.1:%d\"]," SERVER_TIMEOUTS "," SERVER_SITES "}"

START_TEST(what_waits_at_an_address_that_is_removed_is_served)
{
	struct client clients[CLIENTS], late;
	int64_t deadline = deadline_in(DEADLINE);
	pid_t old[PROC_CHILDREN];
	char conf[512];
	int port = port_take();
	size_t n;

	snprintf(conf, sizeof(conf), TWO_ADDRESSES, port);
	server_serve(&s, conf);
	n = server_workers(&s, old);
	for (size_t i = 0; i < n; i++)
		server_halt(&s, old[i]);
	for (int i = 0; i < CLIENTS; i++) {
		client_open(&clients[i], port);
		client_say(&clients[i],
			"GET /hello.txt HTTP/1.1\r\nHost: a\r\n\r\n");
	}
	server_configure(&s, SERVER_CONF);
	server_signal(&s, SIGHUP);
	ck_assert(server_log_has(&s, "draining generation 1", DEADLINE));
	for (size_t i = 0; i < n; i++)
		ck_assert_int_eq(kill(old[i], SIGCONT), 0);
	for (int i = 0; i < CLIENTS; i++) {
		struct response r;

		client_recv(&clients[i], &r);
		ck_assert_int_eq(r.status, 200);
		response_free(&r);
	}
	ck_assert(server_has_new_workers(&s, 2, old, n, DEADLINE));
	while (client_try_open(&late, port) == CLIENT_OK) {
		client_close(&late);
		ck_assert(server_tick(&s, deadline));
	}
	turn(clients, 0);
	for (int i = 0; i < CLIENTS; i++)
		client_close(&clients[i]);
	server_stop(&s);
}
END_TEST

/* ---- titles ------------------------------------------------------------- */

static void
read_title(pid_t pid, char *title, size_t size)
{
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)pid);
	f = fopen(path, "r");
	ck_assert_ptr_nonnull(f);
	title[fread(title, 1, size - 1, f)] = '\0';
	fclose(f);
}

START_TEST(a_worker_that_leaves_says_so_in_its_title)
{
	char *large = server_pattern(LARGE), title[256];
	int64_t deadline = deadline_in(DEADLINE);
	pid_t old[PROC_CHILDREN];
	struct client c;

	server_serve(&s, CONF(1));
	server_file(&s, "www/large.bin", large, LARGE);
	client_open_narrow(&c, s.port, 16384);
	client_say(&c, "GET /large.bin HTTP/1.1\r\nHost: a\r\n\r\n");
	ck_assert(!client_is_silent(&c, DEADLINE));
	ck_assert_uint_eq(server_workers(&s, old), 1);
	read_title(old[0], title, sizeof(title));
	ck_assert_str_eq(title, "prong: worker 0 (generation 1)");
	server_signal(&s, SIGHUP);
	do
		read_title(old[0], title, sizeof(title));
	while (strstr(title, "shutting down") == NULL &&
		server_tick(&s, deadline));
	ck_assert_str_eq(title, "prong: worker 0 (generation 1) shutting down");
	client_close(&c);
	free(large);
	server_stop(&s);
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ reloads_close_no_connection_of_a_busy_client, ROWS(thinks) },
		{ another_number_of_workers_closes_no_connection, 1 },
		{ a_crowd_of_idle_connections_is_handed_over, 1 },
		{ a_hand_over_does_not_begin_the_wait_anew, 1 },
		{ half_a_head_is_handed_over, ROWS(halves) },
		{ the_count_of_requests_is_handed_over, 1 },
		{ a_download_is_finished_and_its_connection_goes_on, 1 },
		{ term_in_the_middle_of_a_reload_still_ends_all, 1 },
		{ what_waits_at_an_address_that_is_removed_is_served, 1 },
		{ a_worker_that_leaves_says_so_in_its_title, 1 },
	};

	return harness_run("reload", tests, ROWS(tests));
}
