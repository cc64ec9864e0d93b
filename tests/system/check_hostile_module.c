/*
 * Attacks by the code of a module that was taken over: the master lives, and
 * no other worker is touched.
 * SPDX-License-Identifier: MIT
 */
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/sanitized.h"
#include "support/client.h"
#include "support/harness.h"
#include "support/server.h"
#include "support/test_deadline.h"

#define CONF(more)                                                             \
	"{\"workers\": 2, \"listen\": [\"127.0.0.1:$PORT\"],"                  \
	"\"control\": \"control\"," more                                       \
	"\"watchdog\": {\"warn\": \"2s\", \"kill\": \"5s\"}," SERVER_TIMEOUTS  \
	",\"sites\": [{\"routes\": [{\"path\": \"/*\", \"module\": \"" MODULES \
	"/hostile.so\"}]}]}"

static struct server s;
static char user[64];

/* Workers of another user than root, where that is possible: only then is what
 * a worker may do to another one decided. */
static void
start(const char *more)
{
	const struct passwd *nobody = getpwnam("www-data");
	char conf[1024];

	server_init(&s);
	s.tolerated = "";
	user[0] = '\0';
	if (geteuid() == 0 && nobody != NULL)
		snprintf(user, sizeof(user), "\"user\": \"www-data\", ");
	snprintf(conf, sizeof(conf), CONF("%s%s"), user, more);
	chmod(s.dir, 0755);
	server_start(&s, conf);
}

/* The number that a path is answered with. */
static long
ask(struct client *c, const char *path)
{
	struct response r;
	long value;

	client_get(c, path, &r);
	ck_assert_int_eq(r.status, 200);
	value = strtol(r.body, NULL, 10);
	response_free(&r);
	return value;
}

static void
check_ps(void)
{
	static struct program_result result;
	const char *argv[] = { "prong", "ps", "-c", s.file, NULL };
	int64_t began = deadline_now();

	program_run(&(struct program){ 0 }, argv, &result);
	ck_assert_msg(result.status == 0, "ps: %s", result.err);
	ck_assert_ptr_nonnull(strstr(result.out, "in all: "));
	/* A master that is held up by close(2) answers after 20 s. */
	ck_assert_int_lt(deadline_now() - began, 10000);
}

/* Of those that lived before, at least the other one still does. */
static size_t
count_survivors(const pid_t *before, size_t n)
{
	pid_t now[PROC_CHILDREN];
	size_t nnow = server_workers(&s, now), survivors = 0;

	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < nnow; j++)
			survivors += before[i] == now[j];
	return survivors;
}

static const struct {
	const char *path;
	const char *log; /* what the master says of it; NULL: nothing */
} attacks[] = {
	{ "/recycle", ") sent RECYCLE behind RECYCLE: killed" },
	{ "/linger", NULL },
	{ "/empty", NULL },
	{ "/state?100", NULL },
	{ "/state?1000000", NULL },
	{ "/state?4294967295", NULL },
	{ "/board", NULL },
};

/* The worker may be killed for it before it answers. */
static void
attack(const char *path)
{
	struct client c;
	char text[64];

	client_open(&c, s.port);
	snprintf(
		text, sizeof(text), "GET %s HTTP/1.1\r\nHost: a\r\n\r\n", path);
	client_say(&c, text);
	client_has(&c, 1, DEADLINE);
	client_close(&c);
}

START_TEST(an_attack_touches_neither_the_master_nor_another_worker)
{
	pid_t before[PROC_CHILDREN];
	struct client c;
	size_t n;

	start("");
	n = server_workers(&s, before);
	attack(attacks[_i].path);
	if (attacks[_i].log != NULL)
		ck_assert(server_log_has(&s, attacks[_i].log, DEADLINE));
	for (int i = 0; i < 3; i++)
		check_ps();
	ck_assert_uint_ge(count_survivors(before, n), 1);
	ck_assert(server_has_new_workers(&s, 2, NULL, 0, DEADLINE));
	check_ps();
	server_signal(&s, SIGHUP);
	ck_assert(server_log_has(&s, "generation 2 serves", DEADLINE));
	client_open(&c, s.port);
	ask(&c, "/fine");
	client_close(&c);
	ck_assert(!server_log_has(&s, "aborted", 0));
	server_signal(&s, SIGTERM);
	server_finish(&s, 0);
}
END_TEST

/* 8 KiB of its slot, 4 KiB of its site, 32 KiB for metrics of modules and as
 * much for durations of their routes, in pages of 4 KiB; some more where they
 * are larger. */
START_TEST(a_worker_can_write_its_own_part_of_the_scoreboard_only)
{
	long page = sysconf(_SC_PAGESIZE), writable;
	struct client c;

	start("");
	client_open(&c, s.port);
	writable = ask(&c, "/board");
	ck_assert_int_gt(writable, 0);
	ck_assert_int_le(writable, 20 * page);
	client_close(&c);
	server_signal(&s, SIGTERM);
	server_finish(&s, 0);
}
END_TEST

static const struct {
	const char *more;
	int dumpable;
} cores[] = {
	{ "", 0 },
	{ "\"cores\": false,", 0 },
	{ "\"cores\": true,", 1 },
};

START_TEST(workers_are_dumpable_only_if_the_configuration_says_so)
{
	struct client c;

	start(cores[_i].more);
	client_open(&c, s.port);
	/* The leak sanitizer traces its process. */
	ck_assert_int_eq(
		ask(&c, "/dumpable"), cores[_i].dumpable || IS_SANITIZED);
	client_close(&c);
	server_signal(&s, SIGTERM);
	server_finish(&s, 0);
}
END_TEST

START_TEST(a_worker_cannot_look_into_another_one)
{
	const bool is_decided = user[0] != '\0' && !IS_SANITIZED;
	pid_t workers[PROC_CHILDREN];
	struct client c;
	char path[32];
	size_t n;

	start("");
	n = server_workers(&s, workers);
	client_open(&c, s.port);
	for (size_t i = 0; i < n && is_decided; i++) {
		snprintf(path, sizeof(path), "/trace?%ld", (long)workers[i]);
		ck_assert_int_eq(ask(&c, path), 0);
	}
	snprintf(path, sizeof(path), "/trace?%ld", (long)s.pid);
	if (is_decided)
		ck_assert_int_eq(ask(&c, path), 0);
	client_close(&c);
	server_signal(&s, SIGTERM);
	server_finish(&s, 0);
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ an_attack_touches_neither_the_master_nor_another_worker,
			ROWS(attacks) },
		{ a_worker_can_write_its_own_part_of_the_scoreboard_only, 1 },
		{ workers_are_dumpable_only_if_the_configuration_says_so,
			ROWS(cores) },
		{ a_worker_cannot_look_into_another_one, 1 },
	};

	return harness_run("hostile_module", tests, ROWS(tests));
}
