/*
 * A server whose configuration is several files, or comes from standard input.
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

#define TOP                                                                    \
	"{\"workers\": 1, \"listen\": [\"127.0.0.1:$PORT\"],"                  \
	"\"pid_file\": \"$DIR/prong.pid\"," SERVER_TIMEOUTS
#define INCLUDING TOP ",\"include\": [\"conf.d/*.json\", \"sites.json\"]}"
#define ROUTE(path, text)                                                      \
	"{\"path\": \"" path "\", \"return\": 200, \"text\": \"" text "\"}"
#define SITES(routes) "{\"sites\": [{\"routes\": [" routes "]}]}"

static struct server s;
static struct program_result result;

static void
run(const char *command)
{
	const char *argv[] = { "prong", command, "-c", s.file, NULL };

	program_run(&(struct program){ .cwd = s.dir }, argv, &result);
}

static void
assert_body(const char *path, int status, const char *body)
{
	struct response r;
	struct client c;

	client_open(&c, s.port);
	client_get(&c, path, &r);
	ck_assert_int_eq(r.status, status);
	if (body != NULL)
		ck_assert_str_eq(r.body, body);
	response_free(&r);
	client_close(&c);
}

/* ---- included files ----------------------------------------------------- */

START_TEST(a_reload_reads_included_files_anew)
{
	pid_t old[PROC_CHILDREN];
	size_t n;

	server_init(&s);
	server_text(&s, "conf.d/control.json", "{\"control\": \"socket\"}");
	server_text(&s, "sites.json", SITES(ROUTE("/*", "one")));
	s.temporary = "prong.pid";
	server_start(&s, INCLUDING);
	assert_body("/", 200, "one");

	server_text(&s, "sites.json", SITES(ROUTE("/*", "two")));
	server_text(&s, "conf.d/x.json",
		SITES(ROUTE("/*", "three")) " // a further site");
	run("reload");
	ck_assert_int_eq(result.status, 1);
	ck_assert_msg(strstr(result.err, "sites.json:1:12: error: sites[1]: "
					 "needs \"hosts\"") != NULL,
		"%s", result.err);
	assert_body("/", 200, "one");

	server_text(&s, "conf.d/x.json", "{\"cores\": true}");
	n = server_workers(&s, old);
	run("reload");
	ck_assert_msg(result.status == 0, "%s", result.err);
	ck_assert(server_has_new_workers(&s, 1, old, n, DEADLINE));
	assert_body("/", 200, "two");

	server_text(&s, "conf.d/x.json", "{\"include\": \"conf.d/x.json\"}");
	run("reload");
	ck_assert_int_eq(result.status, 1);
	ck_assert_msg(strstr(result.err, "include: a cycle: ") != NULL, "%s",
		result.err);
	s.tolerated = "error master[";
	server_stop(&s);
}
END_TEST

/* ---- what runs ---------------------------------------------------------- */

static void
run_with(const char *a, const char *b, const char *c)
{
	const char *argv[] = { "prong", a, b, "-c", s.file, c, NULL };

	program_run(&(struct program){ .cwd = s.dir }, argv, &result);
}

START_TEST(configuration_that_runs_is_printed_and_compared)
{
	char *running;

	server_init(&s);
	server_text(&s, "conf.d/control.json", "{\"control\": \"socket\"}");
	server_text(&s, "sites.json", SITES(ROUTE("/*", "one")));
	s.temporary = "prong.pid";
	server_start(&s, INCLUDING);

	run_with("dump", "--running", NULL);
	ck_assert_msg(result.status == 0, "%s", result.err);
	running = strdup(result.out);
	run("dump");
	ck_assert_str_eq(running, result.out);
	free(running);
	run_with("check", "--diff", NULL);
	ck_assert_msg(result.status == 0, "%s%s", result.out, result.err);
	ck_assert_ptr_null(strstr(result.out, "---"));

	server_text(&s, "sites.json", SITES(ROUTE("/*", "two")));
	run_with("check", "--diff", "-q");
	ck_assert_int_eq(result.status, 1);
	ck_assert_ptr_nonnull(strstr(result.out, "--- running, generation 1\n"
						 "+++ "));
	ck_assert_ptr_nonnull(
		strstr(result.out, "\n-sites[].routes[/*].text: \"one\"\n"
				   "+sites[].routes[/*].text: \"two\"\n"));
	server_stop(&s);
}
END_TEST

/* ---- standard input ----------------------------------------------------- */

/* Starts `prong -c - <prong.json` in the directory of the server. */
static void
start_from_stdin(const char *conf)
{
	static const char *const words[] = { "start.sh", NULL };
	char script[512];

	server_init(&s);
	server_text(&s, "www/hello.txt", "hello\n");
	snprintf(script, sizeof(script), "exec %s -c - <prong.json\n",
		program_prong());
	server_text(&s, "start.sh", script);
	s.words = words;
	s.program.path = "/bin/sh";
	s.program.cwd = s.dir;
	server_start(&s, conf);
}

/* Waits until the new master has the pid file and the old one has exited. */
static void
follow(void)
{
	int64_t deadline = deadline_in(DEADLINE);

	while (server_pid_file(&s) == s.pid && server_tick(&s, deadline))
		;
	ck_assert_int_ne(server_pid_file(&s), s.pid);
	server_wait(&s, 0);
	s.pid = server_pid_file(&s);
}

START_TEST(configuration_from_standard_input_is_read_once)
{
	start_from_stdin(TOP ",\"control\": \"control\"," SERVER_SITES "}");
	assert_body("/hello.txt", 200, "hello\n");
	s.tolerated = "reload refused";
	run("reload");
	ck_assert_int_eq(result.status, 1);
	ck_assert_msg(strstr(result.err, "reload refused: the configuration "
					 "came from standard input") != NULL,
		"%s", result.err);
	server_signal(&s, SIGHUP);
	ck_assert(server_log_has(
		&s, "reload refused: the configuration came from", DEADLINE));
	/* The file has gone: an upgrade uses what was read. */
	ck_assert_int_eq(unlink(s.file), 0);
	server_signal(&s, SIGUSR2);
	follow();
	assert_body("/hello.txt", 200, "hello\n");
	server_stop(&s);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ a_reload_reads_included_files_anew, 0 },
		{ configuration_that_runs_is_printed_and_compared, 0 },
		{ configuration_from_standard_input_is_read_once, 0 },
	};

	return harness_run("configuration", tests, ROWS(tests));
}
