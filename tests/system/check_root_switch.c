/*
 * A document root whose name leads elsewhere: by a symbolic link, as deploys
 * do it, or because it was deleted and made anew.
 * SPDX-License-Identifier: MIT
 */
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/client.h"
#include "support/harness.h"
#include "support/server.h"
#include "support/test_deadline.h"

static struct server s;

#define CONF                                                                   \
	"{\"workers\": 2, \"listen\": [\"127.0.0.1:$PORT\"], "                 \
	"\"control\": \"$DIR/control\", " SERVER_TIMEOUTS ","                  \
	"\"sites\": [{\"routes\": ["                                           \
	"{\"path\": \"/d/*\", \"root\": \"$DIR/current\"},"                    \
	"{\"path\": \"/*\", \"root\": \"$ROOT\"}]}]}"

static void
start(const char *make_current)
{
	server_init(&s);
	server_text(&s, "www/index.html", "home\n");
	server_text(&s, "r1/a.txt", "one\n");
	server_text(&s, "r2/a.txt", "two\n");
	server_shell(&s, make_current);
	server_start(&s, CONF);
}

static void
fetch(struct response *r)
{
	client_fetch(s.port, "/d/a.txt", "", r);
}

/* From now on each answer is this one, and each before it was the old one or
 * one of those that are due while there is no directory. */
static void
wait_for(const char *body, const char *before)
{
	int64_t deadline = deadline_in(DEADLINE);
	struct response r;
	bool is_new = false;

	while (!is_new) {
		fetch(&r);
		is_new = r.status == 200 && strcmp(r.body, body) == 0;
		ck_assert_msg(is_new || r.status == 503 || r.status == 404 ||
				      strcmp(r.body, before) == 0,
			"%d %s", r.status, r.body);
		response_free(&r);
		ck_assert(is_new || server_tick(&s, deadline));
	}
}

static const struct {
	const char *make, *change;
} switches[] = {
	{ "ln -s r1 current", "ln -s r2 new && mv -T new current" },
	{ "ln -s r1 current", "ln -sfn r2 current" },
	{ "cp -r r1 current", "mv current old && cp -r r2 current" },
	{ "cp -r r1 current", "rm -r current && cp -r r2 current" },
	{ "ln -s r1 current", "ln -s r2 new && mv -T new current && rm -r r1" },
	{ "mkdir up && cp -r r1 up/app && ln -s up/app current",
		"mkdir up2 && cp -r r2 up2/app && rm -r up && mv up2 up" },
};

START_TEST(workers_are_replaced_when_a_root_is_another_directory)
{
	start(switches[_i].make);
	wait_for("one\n", "");
	server_shell(&s, switches[_i].change);
	wait_for("two\n", "one\n");
	ck_assert(server_log_has(&s, "is another directory now", DEADLINE));
	ck_assert(server_log_has(&s, "generation 2 serves", DEADLINE));
	server_stop(&s);
}
END_TEST

static const struct {
	const char *change, *says, *state;
} losses[] = {
	{ "mv current elsewhere", "was moved: its files are served from",
		": moved" },
	{ "rm -r current", "was deleted: its files are 503", ": deleted" },
};

/* And it is served again as soon as a directory has the name. */
START_TEST(a_root_that_has_gone_is_logged_and_shown)
{
	static struct program_result result;
	const char *const ps[] = { "prong", "ps", "-c", s.file, NULL };
	const struct program plain = { 0 };

	start("cp -r r1 current");
	server_shell(&s, losses[_i].change);
	ck_assert(server_log_has(&s, losses[_i].says, DEADLINE));
	program_run(&plain, ps, &result);
	ck_assert_msg(strstr(result.out, "/current") != NULL &&
			      strstr(result.out, losses[_i].state) != NULL,
		"%s", result.out);
	server_shell(&s, "cp -r r2 current");
	wait_for("two\n", "one\n");
	program_run(&plain, ps, &result);
	ck_assert_msg(strstr(result.out, "/current") == NULL, "%s", result.out);
	server_stop(&s);
}
END_TEST

START_TEST(a_root_that_comes_back_replaces_no_worker)
{
	struct response r;

	start("cp -r r1 current");
	server_shell(&s, "mv current elsewhere");
	ck_assert(server_log_has(&s, "was moved", DEADLINE));
	server_shell(&s, "mv elsewhere current");
	ck_assert(server_log_has(&s, "is there again", DEADLINE));
	fetch(&r);
	ck_assert_str_eq(r.body, "one\n");
	response_free(&r);
	ck_assert(!server_log_has(&s, "generation 2", 0));
	server_stop(&s);
}
END_TEST

/* ---- under load ---------------------------------------------------------- */

/* From a switch to its files; within two seconds on a machine that is idle. */
enum { SOON = 6000 /* milliseconds */ };

static atomic_bool is_over;
static atomic_uint nasked, nlost, nnew;

static void
count_answer(enum client_result got, const struct response *r)
{
	nasked++;
	if (got != CLIENT_OK || r->status != 200 || r->len != 4)
		nlost++;
	else if (memcmp(r->body, "two\n", 4) == 0)
		nnew++;
}

/* One connection, as long as the server keeps it. */
static void *
ask_on_and_on(void *arg)
{
	struct client c;
	struct response r;
	enum client_result got;

	(void)arg;
	client_open(&c, s.port);
	while (!is_over) {
		client_say(&c, "GET /d/a.txt HTTP/1.1\r\nHost: a\r\n\r\n");
		got = client_try_recv(&c, &r, false);
		count_answer(got, &r);
		if (got != CLIENT_OK)
			break;
		if (strstr(r.head, "close") != NULL) {
			client_close(&c);
			client_open(&c, s.port);
		}
		response_free(&r);
		poll(NULL, 0, 1);
	}
	client_close(&c);
	return NULL;
}

/* The old release is removed when the workers that serve it have gone. */
static void
deploy(const char *body, const char *commands, int turn)
{
	char gone[32];

	int64_t began = deadline_now();

	server_shell(&s, commands);
	wait_for(body, strcmp(body, "two\n") == 0 ? "one\n" : "two\n");
	ck_assert_int_lt(deadline_now() - began, SOON);
	snprintf(gone, sizeof(gone), "generation %d ended", turn);
	ck_assert(server_log_has(&s, gone, DEADLINE));
}

START_TEST(a_symlink_switch_under_load_loses_no_request)
{
	pthread_t threads[8];

	start("ln -s r1 current");
	for (int i = 0; i < 8; i++)
		pthread_create(&threads[i], NULL, ask_on_and_on, NULL);
	for (int turn = 1; turn < 6; turn += 2) {
		deploy("two\n", "ln -s r2 new && mv -T new current", turn);
		server_shell(&s, "rm -r r1 && mkdir r1 && echo one >r1/a.txt");
		deploy("one\n", "ln -s r1 new && mv -T new current", turn + 1);
	}
	is_over = true;
	for (int i = 0; i < 8; i++)
		pthread_join(threads[i], NULL);
	ck_assert_uint_gt(nnew, 0);
	ck_assert_uint_gt(nasked, nnew);
	ck_assert_uint_eq(nlost, 0);
	server_stop(&s);
}
END_TEST

/* ---- the process --------------------------------------------------------- */

/* Waits until there is one with another pid than this. */
static pid_t
find_root_watcher(pid_t but)
{
	int64_t deadline = deadline_in(DEADLINE);
	pid_t pids[PROC_CHILDREN];
	size_t n;

	do {
		n = proc_children(s.pid, pids);
		for (size_t i = 0; i < n; i++)
			if (pids[i] != but &&
				proc_has_title(pids[i], "prong: root watcher"))
				return pids[i];
	} while (server_tick(&s, deadline));
	return 0;
}

START_TEST(a_root_watcher_that_is_killed_is_replaced)
{
	pid_t first, second;

	start("ln -s r1 current");
	first = find_root_watcher(0);
	ck_assert_int_ne(first, 0);
	ck_assert_int_eq(kill(first, SIGKILL), 0);
	server_shell(&s, "ln -sfn r2 current");
	second = find_root_watcher(first);
	ck_assert_int_ne(second, 0);
	wait_for("two\n", "one\n");
	ck_assert_uint_eq(s.workers, 2);
	server_stop(&s);
}
END_TEST

static void
wait_until_ended(pid_t pid)
{
	int64_t deadline = deadline_in(DEADLINE);

	while (proc_is_alive(pid) && deadline_now() < deadline)
		poll(NULL, 0, 10);
	ck_assert(!proc_is_alive(pid));
}

START_TEST(a_root_watcher_ends_with_its_master)
{
	pid_t workers[PROC_CHILDREN], watcher;
	size_t n;

	start("ln -s r1 current");
	watcher = find_root_watcher(0);
	n = server_workers(&s, workers);
	server_signal(&s, SIGKILL);
	wait_until_ended(watcher);
	for (size_t i = 0; i < n; i++)
		wait_until_ended(workers[i]);
	server_finish(&s, 128 + SIGKILL);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ workers_are_replaced_when_a_root_is_another_directory,
			ROWS(switches) },
		{ a_root_that_has_gone_is_logged_and_shown, ROWS(losses) },
		{ a_root_that_comes_back_replaces_no_worker, 0 },
		{ a_symlink_switch_under_load_loses_no_request, 0 },
		{ a_root_watcher_that_is_killed_is_replaced, 0 },
		{ a_root_watcher_ends_with_its_master, 0 },
	};

	return harness_run("root_switch", tests, ROWS(tests));
}
