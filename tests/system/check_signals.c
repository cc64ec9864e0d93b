/*
 * TERM, QUIT, HUP, USR1 under load: what is in flight is finished.
 * SPDX-License-Identifier: MIT
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/client.h"
#include "support/harness.h"
#include "support/server.h"
#include "support/test_deadline.h"

enum { LARGE = 8 << 20, CLIENTS = 20, ROUNDS = 100 };
enum { DRAIN = 20000 }; /* milliseconds, the default */

static struct server s;
static char *large;

/* A download of LARGE bytes of which the first have come. */
static void
start_download(struct client *c)
{
	large = server_pattern(LARGE);
	server_serve(&s, SERVER_CONF);
	server_file(&s, "www/large.bin", large, LARGE);
	client_open_narrow(c, s.port, 16384);
	client_say(c, "GET /large.bin HTTP/1.1\r\nHost: a\r\n\r\n");
	ck_assert(!client_is_silent(c, DEADLINE));
}

static void
finish_download(struct client *c)
{
	struct response r;

	client_recv(c, &r);
	ck_assert_int_eq(r.status, 200);
	ck_assert_uint_eq(r.len, LARGE);
	ck_assert(memcmp(r.body, large, LARGE) == 0);
	response_free(&r);
	free(large);
}

static bool
refuses_connections(void)
{
	int64_t deadline = deadline_in(DEADLINE);
	struct client c;

	while (client_try_open(&c, s.port) == CLIENT_OK) {
		client_close(&c);
		if (!server_tick(&s, deadline))
			return false;
	}
	return true;
}

START_TEST(term_finishes_what_is_in_flight)
{
	struct client c;

	start_download(&c);
	server_signal(&s, SIGTERM);
	ck_assert(refuses_connections());
	finish_download(&c);
	ck_assert(client_is_eof(&c, DEADLINE));
	client_close(&c);
	server_finish(&s, 0);
}
END_TEST

START_TEST(term_closes_idle_connections)
{
	struct client c;
	struct response r;

	server_serve(&s, SERVER_CONF);
	client_open(&c, s.port);
	client_get(&c, "/hello.txt", &r);
	response_free(&r);
	server_signal(&s, SIGTERM);
	ck_assert(client_is_eof(&c, DEADLINE));
	client_close(&c);
	server_finish(&s, 0);
}
END_TEST

/* A client that takes nothing must not contain up a stop. */
static const int stops[] = { SIGQUIT, SIGINT };

START_TEST(quit_does_not_wait_for_a_client)
{
	int64_t started;
	struct client c;

	start_download(&c);
	started = deadline_now();
	server_signal(&s, stops[_i]);
	server_wait(&s, 0);
	ck_assert_int_lt(deadline_now() - started, DRAIN / 2);
	client_close(&c);
	free(large);
	server_finish(&s, 0);
}
END_TEST

START_TEST(a_second_term_does_not_wait)
{
	int64_t started;
	struct client c;

	start_download(&c);
	server_signal(&s, SIGTERM);
	ck_assert(refuses_connections());
	started = deadline_now();
	server_signal(&s, SIGTERM);
	server_wait(&s, 0);
	ck_assert_int_lt(deadline_now() - started, DRAIN / 2);
	client_close(&c);
	free(large);
	server_finish(&s, 0);
}
END_TEST

/* ---- reload ------------------------------------------------------------- */

#define OTHER_ROOT                                                             \
	"{\"workers\": 2, \"listen\": [\"127.0.0.1:$PORT\"]," SERVER_TIMEOUTS  \
	", \"sites\": [{\"routes\": [{\"path\": \"/*\","                       \
	" \"root\": \"$DIR/other\"}]}]}"

struct crowd {
	struct client clients[CLIENTS];
	int answers, old, new;
	int closes; /* announced, or found before a request */
	int under;  /* closed when a request was on its way */
	int lost;   /* cut, late or malformed */
};

/* A request on a connection that was closed meanwhile is not lost when no byte
 * of an answer came: a client may send it again.  It is counted. */
static void
reopen(struct client *c, int *count)
{
	(*count)++;
	client_close(c);
	client_open(c, s.port);
}

static void
count_answer(struct crowd *crowd, struct client *c, struct response *r)
{
	crowd->answers++;
	ck_assert_int_eq(r->status, 200);
	if (strcmp(r->body, "old\n") == 0)
		crowd->old++;
	if (strcmp(r->body, "new\n") == 0)
		crowd->new ++;
	if (response_lists(r, "Connection", "close"))
		reopen(c, &crowd->closes);
}

/* One request on every connection at the same time. */
static void
turn(struct crowd *crowd)
{
	enum client_result result;
	struct response r;

	for (int i = 0; i < CLIENTS; i++) {
		if (client_is_gone(&crowd->clients[i], 0))
			reopen(&crowd->clients[i], &crowd->closes);
		client_say(&crowd->clients[i],
			"GET /which.txt HTTP/1.1\r\nHost: a\r\n\r\n");
	}
	for (int i = 0; i < CLIENTS; i++) {
		result = client_try_recv(&crowd->clients[i], &r, false);
		if (result == CLIENT_OK)
			count_answer(crowd, &crowd->clients[i], &r);
		else if (result == CLIENT_EOF || result == CLIENT_RESET)
			reopen(&crowd->clients[i], &crowd->under);
		else
			crowd->lost++;
		response_free(&r);
	}
}

static void
open_crowd(struct crowd *crowd)
{
	server_init(&s);
	server_text(&s, "www/which.txt", "old\n");
	server_text(&s, "other/which.txt", "new\n");
	server_start(&s, SERVER_CONF);
	for (int i = 0; i < CLIENTS; i++)
		client_open(&crowd->clients[i], s.port);
}

static void
close_crowd(struct crowd *crowd)
{
	for (int i = 0; i < CLIENTS; i++)
		client_close(&crowd->clients[i]);
}

static void
report(const char *what, const struct crowd *crowd)
{
	printf("%s: %d answers, %d old, %d new, %d closes, %d under a "
	       "request, %d lost\n",
		what, crowd->answers, crowd->old, crowd->new, crowd->closes,
		crowd->under, crowd->lost);
	fflush(stdout);
}

START_TEST(hup_serves_the_new_configuration_and_loses_no_request)
{
	int64_t deadline = deadline_in(2 * DEADLINE);
	static struct crowd crowd;
	pid_t workers[PROC_CHILDREN];
	size_t n;

	open_crowd(&crowd);
	for (int i = 0; i < 10; i++)
		turn(&crowd);
	ck_assert_int_eq(crowd.new, 0);
	n = server_workers(&s, workers);
	server_configure(&s, OTHER_ROOT);
	server_signal(&s, SIGHUP);
	while (crowd.new < ROUNDS * CLIENTS) {
		ck_assert(deadline_left(deadline) > 0);
		turn(&crowd);
	}
	report("hup", &crowd);
	ck_assert_int_eq(crowd.lost, 0);
	ck_assert_int_eq(crowd.old + crowd.new, crowd.answers);
	ck_assert(server_has_new_workers(&s, 2, workers, n, DEADLINE));
	close_crowd(&crowd);
	server_stop(&s);
}
END_TEST

START_TEST(hup_again_and_again_loses_no_request)
{
	int64_t deadline = deadline_in(2 * DEADLINE);
	static struct crowd crowd;
	int seen;

	open_crowd(&crowd);
	for (int i = 0; i < 6; i++) {
		server_configure(&s, i % 2 == 0 ? OTHER_ROOT : SERVER_CONF);
		server_signal(&s, SIGHUP);
		do {
			seen = i % 2 == 0 ? crowd.new : crowd.old;
			ck_assert(deadline_left(deadline) > 0);
			turn(&crowd);
		} while (seen + CLIENTS > (i % 2 == 0 ? crowd.new : crowd.old));
	}
	report("hups", &crowd);
	ck_assert_int_eq(crowd.lost, 0);
	close_crowd(&crowd);
	server_stop(&s);
}
END_TEST

START_TEST(hup_finishes_a_download_of_the_old_configuration)
{
	pid_t workers[PROC_CHILDREN];
	struct client c;
	struct response r;
	size_t n;

	start_download(&c);
	server_text(&s, "other/which.txt", "new\n");
	n = server_workers(&s, workers);
	server_configure(&s, OTHER_ROOT);
	server_signal(&s, SIGHUP);
	do
		client_fetch(s.port, "/which.txt", "", &r);
	while (r.status == 404 && (response_free(&r), true) &&
		server_tick(&s, deadline_in(DEADLINE)));
	ck_assert_str_eq(r.body, "new\n");
	response_free(&r);
	finish_download(&c);
	client_close(&c);
	ck_assert(server_has_new_workers(&s, 2, workers, n, DEADLINE));
	server_stop(&s);
}
END_TEST

static const struct {
	const char *conf, *complaint;
} broken[] = {
	{ "{\n  \"listen\": [\"127.0.0.1:$PORT\"],\n  \"sites\": [\n",
		"prong.json:" },
	{ "{\n  \"listen\": [\"127.0.0.1:$PORT\"],\n  \"worker\": 1,\n"
	  "  \"sites\": [{\"routes\": [{\"path\": \"/*\","
	  " \"root\": \"$ROOT\"}]}]\n}\n",
		"prong.json:3:3: " },
	{ "{\n  \"listen\": [\"127.0.0.1:$PORT\"],\n"
	  "  \"sites\": [{\"routes\": [{\"path\": \"/*\",\n"
	  "    \"root\": \"$DIR/nothing\"}]}]\n}\n",
		"prong.json:4:" },
};

START_TEST(hup_with_a_broken_configuration_changes_nothing)
{
	pid_t before[PROC_CHILDREN], after[PROC_CHILDREN];
	struct response r;
	struct client c;
	size_t n;

	server_serve(&s, SERVER_CONF);
	s.tolerated = "";
	client_open(&c, s.port);
	n = server_workers(&s, before);
	server_configure(&s, broken[_i].conf);
	server_signal(&s, SIGHUP);
	ck_assert_msg(server_log_has(&s, broken[_i].complaint, DEADLINE),
		"no %s in the log:\n%s", broken[_i].complaint,
		server_read(&s, "stderr"));
	client_get(&c, "/hello.txt", &r);
	ck_assert_int_eq(r.status, 200);
	response_free(&r);
	client_close(&c);
	ck_assert_uint_eq(server_workers(&s, after), n);
	ck_assert_int_eq(memcmp(before, after, n * sizeof(before[0])), 0);

	/* The next good one works. */
	server_configure(&s, SERVER_CONF);
	server_signal(&s, SIGHUP);
	ck_assert(server_has_new_workers(&s, n, before, n, DEADLINE));
	server_stop(&s);
}
END_TEST

/* ---- before the server serves ------------------------------------------- */

static bool
blocks_hup(pid_t pid)
{
	unsigned long long blocked = 0;
	char path[64], line[256];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	f = fopen(path, "re");
	ck_assert_ptr_nonnull(f);
	while (fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, "SigBlk:", 7) == 0)
			blocked = strtoull(line + 7, NULL, 16);
	fclose(f);
	return (blocked >> (SIGHUP - 1) & 1) != 0;
}

/* Starts a program that waits for its configuration.  Returns its pid, and in
 * *config the end of the pipe for it. */
static pid_t
start_reader(int *config)
{
	const char *argv[] = { "prong", "-c", "-", NULL };
	int ends[2], null = open("/dev/null", O_RDWR | O_CLOEXEC);
	pid_t pid;

	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	ck_assert_int_eq(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
	close(ends[0]);
	pid = program_start(&(struct program){ 0 }, argv, null, null);
	ck_assert_int_eq(dup2(null, STDIN_FILENO), STDIN_FILENO);
	close(null);
	*config = ends[1];
	return pid;
}

START_TEST(no_order_ends_or_stops_a_server_that_starts)
{
	static const int orders[] = { SIGHUP, SIGUSR1, SIGUSR2, SIGTTIN,
		SIGTTOU };
	int64_t deadline = deadline_in(DEADLINE);
	int config;
	pid_t pid = start_reader(&config);

	while (!blocks_hup(pid) && deadline_left(deadline) > 0)
		poll(NULL, 0, 1);
	for (size_t i = 0; i < ROWS(orders); i++)
		ck_assert_int_eq(kill(pid, orders[i]), 0);
	close(config);
	ck_assert_int_eq(program_wait(pid, DEADLINE), 1);
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ term_finishes_what_is_in_flight, 1 },
		{ term_closes_idle_connections, 1 },
		{ quit_does_not_wait_for_a_client, ROWS(stops) },
		{ a_second_term_does_not_wait, 1 },
		{ hup_serves_the_new_configuration_and_loses_no_request, 1 },
		{ hup_again_and_again_loses_no_request, 1 },
		{ hup_finishes_a_download_of_the_old_configuration, 1 },
		{ hup_with_a_broken_configuration_changes_nothing,
			ROWS(broken) },
		{ no_order_ends_or_stops_a_server_that_starts, 1 },
	};

	return harness_run("signals", tests, ROWS(tests));
}
