/*
 * Deploys under TLS: no request is lost, a connection ends with a response that
 * says close or with its own idle time, and certificates are renewed.
 * SPDX-License-Identifier: MIT
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/sanitized.h"
#include "support/harness.h"
#include "support/server.h"
#include "support/test_deadline.h"
#include "support/tls_client.h"
#include "support/tls_files.h"

enum { CLIENTS = 10, RELOADS = 8, RENEWALS = 10 };

static struct server s;
static struct tls_files f;

static void
stop(void)
{
	server_stop(&s);
	tls_files_free(&f);
}

static int
run(const char *command, const char *want)
{
	struct program_result r;

	program_run(&(struct program){ .cwd = s.dir },
		(const char *const[]){ "prong", command, "-c", s.file, NULL },
		&r);
	ck_assert_msg(
		strstr(r.out, want) != NULL || strstr(r.err, want) != NULL,
		"%s%s", r.out, r.err);
	return r.status;
}

/* A GET, on the connection or, if it ended where it may, on a new one.  Did the
 * response say close? */
static bool
get(struct tls_client *c)
{
	struct response r;
	bool closes;

	if (c->ctx == NULL)
		tls_client_open(c, s.tls_port, NULL);
	tls_client_get(c, "/hello.txt", &r);
	ck_assert_int_eq(r.status, 200);
	ck_assert_str_eq(r.body, "hello\n");
	closes = response_lists(&r, "Connection", "close");
	response_free(&r);
	if (closes) {
		ck_assert(tls_client_is_closed(c, DEADLINE));
		tls_client_close(c);
	}
	return closes;
}

static pid_t
start_reloads(int n)
{
	pid_t pid = fork();

	ck_assert_int_ne(pid, -1);
	if (pid > 0)
		return pid;
	for (int i = 0; i < n; i++)
		run("reload", "serves with");
	_exit(0);
}

/* ---- connections --------------------------------------------------------- */

/* Each connection ends with a response that says so: no request meets an end
 * that was not announced. */
START_TEST(reloads_end_no_connection_unannounced)
{
	struct tls_client clients[CLIENTS] = { { .ctx = NULL } };
	int status = -1, ended = 0;
	pid_t reloads;

	tls_files_serve(&f, &s, TLS_CONF);
	for (int i = 0; i < CLIENTS; i++)
		get(&clients[i]);
	reloads = start_reloads(RELOADS);
	while (waitpid(reloads, &status, WNOHANG) == 0)
		for (int i = 0; i < CLIENTS; i++)
			ended += get(&clients[i]);
	ck_assert_int_eq(status, 0);
	ck_assert_int_gt(ended, 0);
	for (int i = 0; i < CLIENTS; i++)
		tls_client_close(&clients[i]);
	stop();
}
END_TEST

#define IDLE(idle, drain)                                                      \
	TLS_CONF_WITH(TLS_ALL,                                                 \
		"\"timeouts\": {\"drain_delay\": \"0s\", \"idle\": \"" idle    \
		"\", \"drain\": \"" drain "\"}")

/* Longer than the drain takes, and still its next request is answered. */
START_TEST(idle_connection_outlives_the_drain)
{
	struct tls_client c = { .ctx = NULL };
	pid_t old[PROC_CHILDREN];
	size_t n;

	tls_files_serve(&f, &s, IDLE("20s", "1s"));
	get(&c);
	n = server_workers(&s, old);
	ck_assert_int_eq(run("reload", "serves with"), 0);
	ck_assert(tls_client_is_silent(&c, 2500));
	ck_assert(get(&c));
	ck_assert(server_has_new_workers(&s, 2, old, n, DEADLINE));
	stop();
}
END_TEST

/* The reload does not begin its wait anew. */
START_TEST(idle_connection_ends_at_its_own_time)
{
	struct tls_client c = { .ctx = NULL };
	pid_t old[PROC_CHILDREN];
	int64_t began;
	size_t n;

	tls_files_serve(&f, &s, IDLE("3s", "1s"));
	began = deadline_now();
	get(&c);
	n = server_workers(&s, old);
	ck_assert_int_eq(run("reload", "serves with"), 0);
	ck_assert(tls_client_is_closed(&c, DEADLINE));
	ck_assert_int_ge(deadline_now() - began, 2900);
	ck_assert_int_lt(deadline_now() - began, 9000);
	tls_client_close(&c);
	ck_assert(server_has_new_workers(&s, 2, old, n, DEADLINE));
	stop();
}
END_TEST

/* What is neither idle nor done has timeouts.drain as without TLS. */
START_TEST(busy_connection_ends_with_the_drain)
{
	struct tls_client busy, idle = { .ctx = NULL };
	int64_t began;

	tls_files_serve(&f, &s, IDLE("20s", "1s"));
	tls_client_open(&busy, s.tls_port, NULL);
	tls_client_say(&busy, "GET /hello");
	get(&idle);
	began = deadline_now();
	ck_assert_int_eq(run("reload", "serves with"), 0);
	ck_assert(!tls_client_is_silent(&busy, DEADLINE));
	ck_assert_int_lt(deadline_now() - began, 10000);
	tls_client_close(&busy);
	ck_assert(get(&idle));
	stop();
}
END_TEST

START_TEST(plain_connections_are_handed_over_beside_tls)
{
	struct tls_client c = { .ctx = NULL };
	struct client plain;
	struct response r;

	tls_files_serve(&f, &s, TLS_CONF);
	get(&c);
	client_open(&plain, s.port);
	for (int i = 0; i < 3; i++) {
		client_get(&plain, "/hello.txt", &r);
		ck_assert_int_eq(r.status, 200);
		ck_assert(!response_lists(&r, "Connection", "close"));
		response_free(&r);
		ck_assert_int_eq(run("reload", "serves with"), 0);
	}
	ck_assert(get(&c));
	client_close(&plain);
	stop();
}
END_TEST

/*
 * As without TLS: an idle client has a second, and gets its answer.  One that
 * asks all the time is never late.
 */
START_TEST(term_ends_idle_connections)
{
	struct tls_client asks = { .ctx = NULL }, silent = { .ctx = NULL };
	int64_t end = deadline_in(DEADLINE);

	tls_files_serve(&f, &s, TLS_CONF);
	get(&asks);
	get(&silent);
	server_signal(&s, SIGTERM);
	while (!get(&asks))
		ck_assert_int_gt(deadline_left(end), 0);
	ck_assert(tls_client_is_closed(&silent, DEADLINE));
	tls_client_close(&silent);
	server_finish(&s, 0);
	tls_files_free(&f);
}
END_TEST

START_TEST(upgrade_keeps_idle_connections_until_they_ask)
{
	struct tls_client c = { .ctx = NULL };
	pid_t pids[PROC_CHILDREN];

	tls_files_serve(&f, &s, IDLE("20s", "1s"));
	get(&c);
	ck_assert_int_eq(run("upgrade", "serves"), 0);
	ck_assert(tls_client_is_silent(&c, 2000));
	ck_assert(get(&c));
	server_wait(&s, 0);
	ck_assert_uint_eq(proc_children(getpid(), pids), 1);
	s.pid = pids[0];
	stop();
}
END_TEST

/* ---- certificates -------------------------------------------------------- */

static long
serial_of_new_connection(void)
{
	struct tls_client c;
	long serial;

	tls_client_open(&c, s.tls_port, NULL);
	serial = tls_client_serial(&c);
	tls_client_close(&c);
	return serial;
}

/* Within a second: an old worker may accept until its order reaches it. */
START_TEST(renewed_certificate_is_served_at_once)
{
	struct tls_client keeps = { .ctx = NULL };
	int64_t deadline;

	tls_files_serve(&f, &s, TLS_CONF);
	get(&keeps);
	for (int i = 0; i < RENEWALS; i++) {
		tls_files_renew(&f, &s, TLS_RENEWED + i, "site");
		ck_assert_int_eq(run("reload", "serves with"), 0);
		deadline = deadline_in(1000);
		while (serial_of_new_connection() != TLS_RENEWED + i)
			ck_assert(server_tick(&s, deadline));
		poll(NULL, 0, 50);
		for (int k = 0; k < 4; k++)
			ck_assert_int_eq(
				serial_of_new_connection(), TLS_RENEWED + i);
		get(&keeps);
	}
	tls_client_close(&keeps);
	stop();
}
END_TEST

static void
break_pair(int how)
{
	char from[128], to[128];

	snprintf(from, sizeof(from), "%s/%s.key", s.dir,
		how == 0 ? "alt" : "none");
	snprintf(to, sizeof(to), "%s/site.key", s.dir);
	if (how == 0)
		ck_assert_int_eq(rename(from, to), 0);
	else if (how == 1)
		ck_assert_int_eq(unlink(to), 0);
	else
		server_text(&s, "site.crt", "-----BEGIN CERTIFICATE-----\n");
}

static const char *const reasons[] = {
	"error: listen[1].tls.certificates[0].key: ",
	"error: listen[1].tls.certificates[0].key: cannot read",
	"error: listen[1].tls.certificates[0].chain: ",
};

START_TEST(bad_pair_is_refused_and_the_old_one_serves)
{
	struct program_result r;

	tls_files_serve(&f, &s, TLS_CONF);
	s.tolerated = "e";
	break_pair(_i);
	program_run(&(struct program){ .cwd = s.dir },
		(const char *const[]){ "prong", "reload", "-c", s.file, NULL },
		&r);
	ck_assert_int_eq(r.status, 1);
	ck_assert_msg(strstr(r.err, "prong.json:1:") != NULL, "%s", r.err);
	ck_assert_msg(strstr(r.err, reasons[_i]) != NULL, "%s", r.err);
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(serial_of_new_connection(), TLS_SITE);
	stop();
}
END_TEST

/* A worker that replaces a dead one has the bytes that the master read. */
START_TEST(respawned_worker_needs_no_file)
{
	pid_t pids[PROC_CHILDREN];
	size_t n;

	tls_files_serve(&f, &s, TLS_CONF);
	s.tolerated = "signal 9";
	break_pair(1);
	break_pair(2);
	n = server_workers(&s, pids);
	for (size_t i = 0; i < n; i++)
		kill(pids[i], SIGKILL);
	ck_assert(server_has_new_workers(&s, 2, pids, n, DEADLINE));
	ck_assert_int_eq(serial_of_new_connection(), TLS_SITE);
	stop();
}
END_TEST

/* ---- keys ---------------------------------------------------------------- */

#define OTHER_USER TLS_CONF_WITH(TLS_ALL, TLS_TIMEOUTS ", \"user\": \"nobody\"")

/* Neither the file nor the memory of a worker is open to its user. */
START_TEST(key_is_out_of_reach_of_the_workers)
{
	char path[128];
	pid_t pids[PROC_CHILDREN];
	struct tls_client c;
	struct stat st;

	if (geteuid() != 0)
		return;
	tls_files_serve(&f, &s, OTHER_USER);
	tls_client_open(&c, s.tls_port, NULL);
	tls_client_close(&c);
	ck_assert_uint_eq(server_workers(&s, pids), 2);
	snprintf(path, sizeof(path), "/proc/%d/mem", (int)pids[0]);
	/* Not dumpable: what is in /proc belongs to root. */
	ck_assert_int_eq(stat(path, &st), 0);
	/* The leak sanitizer traces its process. */
	ck_assert(st.st_uid == 0 || IS_SANITIZED);
	snprintf(path, sizeof(path), "%s/site.key", s.dir);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	stop();
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ reloads_end_no_connection_unannounced, 1 },
		{ idle_connection_outlives_the_drain, 1 },
		{ idle_connection_ends_at_its_own_time, 1 },
		{ busy_connection_ends_with_the_drain, 1 },
		{ plain_connections_are_handed_over_beside_tls, 1 },
		{ term_ends_idle_connections, 1 },
		{ upgrade_keeps_idle_connections_until_they_ask, 1 },
		{ renewed_certificate_is_served_at_once, 1 },
		{ bad_pair_is_refused_and_the_old_one_serves, ROWS(reasons) },
		{ respawned_worker_needs_no_file, 1 },
		{ key_is_out_of_reach_of_the_workers, 1 },
	};

	return harness_run("tls_deploys", tests, ROWS(tests));
}
