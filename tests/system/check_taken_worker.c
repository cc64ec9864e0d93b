/*
 * Workers that were taken over write at random into the scoreboard and the
 * channel: the master lives, names them and replaces them.
 * TEST_SECONDS: how long, in seconds.
 * SPDX-License-Identifier: MIT
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/client.h"
#include "support/harness.h"
#include "support/server.h"
#include "support/test_deadline.h"

enum { SECONDS = 4, PARTS = 4 };

#define CONF                                                                   \
	"{\"workers\": 3, \"listen\": [\"127.0.0.1:$PORT\"],"                  \
	"\"control\": \"control\","                                            \
	"\"watchdog\": {\"warn\": \"2s\", \"kill\": \"5s\"},"                  \
	"\"timeouts\": {\"drain_delay\": \"0s\", \"drain\": \"2s\"},"          \
	"\"sites\": [{\"routes\": [{\"path\": \"/*\", \"module\": \"" MODULES  \
	"/scribbles.so\", \"config\": {\"early\": \"$DIR/early\"}}]}]}"

static struct server s;

static int
run(const char *word, const char *more, struct program_result *result)
{
	const char *argv[] = { "prong", word, "-c", s.file, more, NULL };
	const struct program plain = { 0 };

	program_run(&plain, argv, result);
	return result->status;
}

/* Whatever becomes of it: its worker may die meanwhile. */
static bool
ask(const char *request)
{
	struct response r;
	struct client c;
	bool is_answered;

	if (client_try_open(&c, s.port) != CLIENT_OK)
		return false;
	client_say(&c, request);
	is_answered = client_hears(&c, "\r\n\r\n", 1000) &&
		      client_try_recv(&c, &r, false) == CLIENT_OK;
	if (is_answered)
		response_free(&r);
	client_close(&c);
	return is_answered;
}

static int64_t
duration(void)
{
	const char *seconds = getenv("TEST_SECONDS");

	return 1000 * (seconds == NULL ? SECONDS : strtol(seconds, NULL, 10)) /
	       PARTS;
}

/* Workers of all ages are taken, while the master answers and works. */
static void
scribble(void)
{
	static struct program_result result;
	int64_t until = deadline_in((int)duration());

	do {
		ask("GET /scribble HTTP/1.1\r\nHost: a\r\n\r\n");
		ck_assert_msg(
			run("ps", NULL, &result) == 0, "ps: %s", result.err);
		ck_assert_ptr_nonnull(strstr(result.out, "in all: "));
		ck_assert_int_eq(run("ps", "--json", &result), 0);
	} while (deadline_left(until) > 0);
}

static void
remove_early(void)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/early", s.dir);
	ck_assert_int_eq(unlink(path), 0);
}

static void
wait_for_answer(void)
{
	int64_t deadline = deadline_in(DEADLINE);

	while (!ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n"))
		ck_assert_int_gt(deadline_left(deadline), 0);
}

START_TEST(a_worker_that_was_taken_over_is_named_and_the_master_lives)
{
	static struct program_result result;

	server_init(&s);
	s.tolerated = "";
	server_start(&s, CONF);
	scribble();
	ck_assert(server_log_has(&s, ": killed", DEADLINE));
	ck_assert(server_log_has(&s, ") sent ", DEADLINE));
	/* Whether it can be done or not, the master says so. */
	ck_assert_int_le(run("reload", NULL, &result), 1);
	scribble();
	ck_assert_int_le(run("scale", "4", &result), 1);
	scribble();
	server_text(&s, "early", "");
	ck_assert_int_eq(run("reload", NULL, &result), 1);
	ck_assert_msg(strstr(result.err, "refused: worker ") != NULL, "%s",
		result.err);
	scribble();
	remove_early();
	wait_for_answer();
	ck_assert_int_eq(run("reload", NULL, &result), 0);
	wait_for_answer();
	server_signal(&s, SIGTERM);
	server_finish(&s, 0);
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ a_worker_that_was_taken_over_is_named_and_the_master_lives,
			1 },
	};

	return harness_run("taken_worker", tests, ROWS(tests));
}
