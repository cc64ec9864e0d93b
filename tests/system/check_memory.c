/*
 * malloc(3) fails in the master: once for every call of it during an act, and
 * all of them from there on.  The act is refused or not; the server serves.
 * SPDX-License-Identifier: MIT
 */
#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "support/client.h"
#include "support/fail_malloc.h"
#include "support/failing_malloc.h"
#include "support/harness.h"
#include "support/paths.h"
#include "support/server.h"
#include "support/test_deadline.h"

#define CONF                                                                   \
	"{\"workers\": 1, \"listen\": [\"127.0.0.1:$PORT\"],"                  \
	"\"control\": \"control\", \"pid_file\": \"pid\"," SERVER_TIMEOUTS     \
	"," SERVER_SITES "}"

static struct server s;
static struct fail_malloc *state;

static void
start(void)
{
	char path[96];
	int fd;

	server_init(&s);
	s.tolerated = "";
	server_text(&s, "www/index.html", "home\n");
	server_text(&s, "www/hello.txt", "hello\n");
	snprintf(path, sizeof(path), "%s/malloc", s.dir);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(ftruncate(fd, sizeof(*state)), 0);
	state = mmap(NULL, sizeof(*state), PROT_READ | PROT_WRITE, MAP_SHARED,
		fd, 0);
	ck_assert_ptr_ne(state, MAP_FAILED);
	close(fd);
	setenv(FAIL_MALLOC, path, 1);
	setenv("LD_PRELOAD", MODULES "/fail_malloc.so", 1);
	server_start(&s, CONF);
}

static void
run(const char *word, const char *more, struct program_result *result)
{
	const char *argv[] = { "prong", word, "-c", s.file, more, NULL };
	const struct program plain = { 0 };

	program_run(&plain, argv, result);
}

static void
assert_serves(unsigned n)
{
	struct response r;

	ck_assert_msg(proc_is_alive(s.pid), "the master ended at %u", n);
	client_fetch(s.port, "/hello.txt", "", &r);
	ck_assert_int_eq(r.status, 200);
	response_free(&r);
}

/* False when no allocation failed: there are not so many. */
static bool
act_without(unsigned n, bool for_good, const char *word, const char *more)
{
	struct program_result result;

	state->left = n;
	state->for_good = for_good;
	state->failed = 0;
	state->pid = s.pid;
	run(word, more, &result);
	state->pid = 0;
	assert_serves(n);
	return state->failed > 0;
}

static const struct {
	const char *word, *more;
} acts[] = {
	{ "ps", NULL },
	{ "reopen", NULL },
	{ "reload", NULL },
	{ "scale", "1" },
};

START_TEST(the_master_outlives_every_malloc_that_fails)
{
	const char *word = acts[_i / 2].word, *more = acts[_i / 2].more;
	struct program_result result;
	unsigned n = 0;

	if (!FAILING_MALLOC_IS_POSSIBLE)
		return;
	start();
	while (act_without(n, _i % 2 == 1, word, more))
		n++;
	ck_assert_uint_gt(n, 5);
	run(word, more, &result);
	ck_assert_msg(result.status == 0, "%s", result.err);
	run("reload", NULL, &result);
	ck_assert_msg(result.status == 0, "%s", result.err);
	server_stop(&s);
}
END_TEST

/* The master, as it tells itself. */
static pid_t
find_master(void)
{
	struct program_result result;
	const char *at;

	run("ps", NULL, &result);
	ck_assert_msg(result.status == 0, "%s", result.err);
	at = strstr(result.out, "pid ");
	ck_assert_ptr_nonnull(at);
	return (pid_t)strtol(at + strlen("pid "), NULL, 10);
}

/* Until one succeeds; its answer may be what there is no memory for. */
START_TEST(an_upgrade_without_memory_is_refused)
{
	struct program_result result;
	unsigned n = 0;
	pid_t master;

	if (!FAILING_MALLOC_IS_POSSIBLE)
		return;
	start();
	do {
		ck_assert_uint_lt(n, 1000);
		assert_serves(n);
		state->left = n++;
		state->for_good = _i;
		state->failed = 0;
		state->pid = s.pid;
		run("upgrade", NULL, &result);
		state->pid = 0;
		master = find_master();
	} while (master == s.pid);
	server_wait(&s, 0);
	s.pid = master;
	server_stop(&s);
}
END_TEST

START_TEST(a_worker_is_replaced_as_soon_as_there_is_memory)
{
	pid_t workers[PROC_CHILDREN];
	unsigned n = 0;

	if (!FAILING_MALLOC_IS_POSSIBLE)
		return;
	start();
	do {
		ck_assert_uint_eq(server_workers(&s, workers), 1);
		state->left = n++;
		state->for_good = false;
		state->failed = 0;
		state->pid = s.pid;
		kill(workers[0], SIGKILL);
		ck_assert(server_has_new_workers(&s, 1, workers, 1, DEADLINE));
		assert_serves(n);
		state->pid = 0;
	} while (state->failed > 0);
	ck_assert_uint_gt(n, 1);
	server_stop(&s);
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ the_master_outlives_every_malloc_that_fails, 2 * ROWS(acts) },
		{ an_upgrade_without_memory_is_refused, 2 },
		{ a_worker_is_replaced_as_soon_as_there_is_memory, 1 },
	};

	return harness_run("memory", tests, ROWS(tests));
}
