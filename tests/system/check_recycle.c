/*
 * limits.requests_per_worker: a worker is replaced, and its clients do not
 * notice.
 * SPDX-License-Identifier: MIT
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/client.h"
#include "support/harness.h"
#include "support/scrape.h"
#include "support/server.h"
#include "support/test_deadline.h"

enum { CLIENTS = 20, LARGE = 8 << 20 };

static struct server s;

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

static void
turn(struct client *clients)
{
	for (int i = 0; i < CLIENTS; i++)
		get(&clients[i], "/hello.txt", "hello\n");
	poll(NULL, 0, 1);
}

#define RECYCLED                                                               \
	"{\"workers\": 1, \"listen\": [\"127.0.0.1:$PORT\"]," SERVER_TIMEOUTS  \
	", \"limits\": {\"requests_per_worker\": 100}," SERVER_SITES "}"

START_TEST(a_worker_that_has_served_its_share_is_replaced)
{
	struct client clients[CLIENTS];
	pid_t old[PROC_CHILDREN];
	size_t n;

	server_serve(&s, RECYCLED);
	for (int i = 0; i < CLIENTS; i++)
		client_open(&clients[i], s.port);
	for (int round = 0; round < 3; round++) {
		int turns = 0;

		n = server_workers(&s, old);
		for (; !server_has_new_workers(&s, 1, old, n, 0); turns++)
			turn(clients);
		ck_assert_int_ge(turns, 2);
	}
	turn(clients);
	for (int i = 0; i < CLIENTS; i++)
		client_close(&clients[i]);
	server_stop(&s);
}
END_TEST

#define RECYCLED_SOON                                                          \
	"{\"workers\": 1, \"listen\": [\"127.0.0.1:$PORT\"],"                  \
	"\"timeouts\": {\"drain_delay\": \"0s\", \"drain\": \"1s\"},"          \
	"\"limits\": {\"requests_per_worker\": 10}, \"sites\": [{\"routes\": " \
	"["                                                                    \
	"{\"path\": \"/live/*\", \"module\": \"" MODULES "/live.so\"},"        \
	"{\"path\": \"/*\", \"root\": \"$ROOT\"}]}]}"

/* Does the process say in its title that it leaves? */
static bool
is_leaving(pid_t pid)
{
	char path[64], title[256];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)pid);
	f = fopen(path, "r");
	if (f == NULL)
		return false;
	title[fread(title, 1, sizeof(title) - 1, f)] = '\0';
	fclose(f);
	return strstr(title, "shutting down") != NULL;
}

/* So many requests, or until the youngest worker leaves: true. */
static bool
recycle(int requests)
{
	pid_t workers[PROC_CHILDREN];
	size_t n = server_workers(&s, workers);
	bool leaves = false;
	struct client c;

	client_open(&c, s.port);
	while (!leaves && requests-- > 0) {
		get(&c, "/hello.txt", "hello\n");
		poll(NULL, 0, 5);
		leaves = is_leaving(workers[n - 1]);
	}
	client_close(&c);
	return leaves;
}

/* timeouts.drain is for those that leave, not for what is in flight here. */
START_TEST(a_recycled_worker_finishes_its_downloads)
{
	char *large = server_pattern(LARGE);
	pid_t old[PROC_CHILDREN];
	struct response r;
	struct client c;
	size_t n;

	server_serve(&s, RECYCLED_SOON);
	server_file(&s, "www/large.bin", large, LARGE);
	n = server_workers(&s, old);
	client_open_narrow(&c, s.port, 16384);
	client_say(&c, "GET /large.bin HTTP/1.1\r\nHost: a\r\n\r\n");
	ck_assert(!client_is_silent(&c, DEADLINE));
	ck_assert(recycle(2000));
	ck_assert(!server_log_has(&s, "killed", 2500));
	client_recv(&c, &r);
	ck_assert_uint_eq(r.len, LARGE);
	ck_assert(memcmp(r.body, large, LARGE) == 0);
	response_free(&r);
	ck_assert(server_has_new_workers(&s, 1, old, n, DEADLINE));
	client_close(&c);
	free(large);
	server_stop(&s);
}
END_TEST

static void
open_events(struct client *c)
{
	client_open(c, s.port);
	client_say(c, "GET /live/events HTTP/1.1\r\nHost: a\r\n\r\n");
	ck_assert(client_hears(c, "event: hello", DEADLINE));
}

/* Else a few long streams would fill the machine with processes. */
START_TEST(at_most_four_recycled_workers_drain_for_one_that_serves)
{
	enum { MOST = 4 };
	struct client events[MOST + 1];
	int64_t deadline = deadline_in(DEADLINE);
	pid_t now[PROC_CHILDREN], last;

	server_serve(&s, RECYCLED_SOON);
	for (int i = 0; i < MOST; i++) {
		open_events(&events[i]);
		ck_assert(recycle(2000));
	}
	open_events(&events[MOST]);
	ck_assert(!recycle(30));
	ck_assert(server_log_has(&s, "is replaced when one of the 4", 0));
	ck_assert_uint_eq(server_workers(&s, now), MOST + 1);
	last = now[MOST];
	client_reset(&events[1]);
	do {
		ck_assert(server_tick(&s, deadline));
	} while (server_workers(&s, now) != MOST + 1 || now[MOST] == last);
	for (int i = 0; i <= MOST; i++)
		client_close(&events[i]);
	server_stop(&s);
}
END_TEST

/* The order to leave sooner is obeyed: nothing is killed. */
START_TEST(a_reload_ends_the_hour_of_a_recycled_worker)
{
	pid_t old[PROC_CHILDREN];
	struct client events;
	struct response r;
	size_t n;

	server_serve(&s, RECYCLED_SOON);
	open_events(&events);
	ck_assert(recycle(2000));
	n = server_workers(&s, old);
	server_signal(&s, SIGHUP);
	client_recv(&events, &r);
	ck_assert_int_eq(r.status, 200);
	response_free(&r);
	ck_assert(server_has_new_workers(&s, 1, old, n, DEADLINE));
	ck_assert(!server_log_has(&s, "killed", 0));
	client_close(&events);
	server_stop(&s);
}
END_TEST

#define OUTGROWN                                                               \
	"{\"workers\": 1, \"listen\": [\"127.0.0.1:$PORT\"],"                  \
	"\"admin\": {\"listen\": \"127.0.0.1:$TLS\"}," SERVER_TIMEOUTS         \
	", \"limits\": {\"worker_memory\": \"1m\"}," SERVER_SITES "}"

/* The worker that the log says is replaced. */
static pid_t
find_replaced(void)
{
	char *log = server_read(&s, "stderr"),
	     *at = strstr(log, ") is replaced");
	int pid = 0;

	ck_assert_ptr_nonnull(at);
	while (at > log && at[-1] >= '0' && at[-1] <= '9')
		at--;
	sscanf(at, "%d", &pid);
	free(log);
	ck_assert_int_gt(pid, 0);
	return pid;
}

/* Each worker has more than that; the second one stays for a minute. */
START_TEST(a_worker_with_too_much_memory_is_replaced)
{
	pid_t old, new[PROC_CHILDREN], now[PROC_CHILDREN];
	struct client c;

	server_serve(&s, OUTGROWN);
	client_open(&c, s.port);
	get(&c, "/hello.txt", "hello\n");
	ck_assert(server_log_has(
		&s, "more than limits.worker_memory, 1.0 MiB", DEADLINE));
	old = find_replaced();
	ck_assert(server_has_new_workers(&s, 1, &old, 1, DEADLINE));
	server_workers(&s, new);
	get(&c, "/hello.txt", "hello\n");
	ck_assert_int_eq(scrape_sum(s.tls_port, "prong_workers_recycled_total",
				 "reason=\"memory\""),
		1);
	ck_assert_uint_eq(server_workers(&s, now), 1);
	ck_assert_int_eq(now[0], new[0]);
	client_close(&c);
	server_stop(&s);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ a_worker_that_has_served_its_share_is_replaced, 1 },
		{ a_recycled_worker_finishes_its_downloads, 1 },
		{ at_most_four_recycled_workers_drain_for_one_that_serves, 1 },
		{ a_reload_ends_the_hour_of_a_recycled_worker, 1 },
		{ a_worker_with_too_much_memory_is_replaced, 1 },
	};

	return harness_run("recycle", tests, ROWS(tests));
}
