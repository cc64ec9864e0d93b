/*
 * The "checks" of a configuration: nothing takes effect that breaks one.
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
#include "support/live_server.h"
#include "support/server.h"
#include "support/test_deadline.h"

static struct server s;
static struct program_result result;

/* more: of the route that the tests break. */
#define CONF(checks, more)                                                     \
	"{\"workers\": 2, \"listen\": [\"127.0.0.1:$PORT\"],"                  \
	"\"control\": \"control\", \"log\": {\"access\": {\"path\": "          \
	"\"$DIR/access.log\"}}," SERVER_TIMEOUTS ", \"checks\": [" checks      \
	"], \"sites\": [{\"routes\": [{\"path\": \"/*\", \"root\": "           \
	"\"$DIR/current\"}, {\"path\": \"/fixed\", \"return\": 200, "          \
	"\"text\": \"all is well\"" more "},"                                  \
	"{\"path\": \"/new/*\", \"redirect\": \"/old/$1\"},"                   \
	"{\"path\": \"/echo/*\", \"module\": \"" MODULES "/answers.so\"}]}]}"

#define HEALTH                                                                 \
	"{\"request\": \"GET /health.txt\", \"text\": \"healthy\"},"           \
	"{\"request\": \"GET /fixed\", \"text\": \"all is\"}"

static void
make_files(void)
{
	server_init(&s);
	server_text(&s, "r1/health.txt", "healthy\n");
	server_text(&s, "r1/hello.txt", "hello\n");
	server_text(&s, "r1/index.html", "home\n");
	server_text(&s, "r2/hello.txt", "hello\n");
	server_text(&s, "r2/index.html", "home\n");
	server_shell(&s, "ln -s r1 current");
}

static int
order(const char *word, const char *more)
{
	const char *argv[] = { "prong", word, "-c", s.file, more, NULL };

	program_run(&(struct program){ 0 }, argv, &result);
	return result.status;
}

/* ---- prong check --run --------------------------------------------------- */

static const struct {
	const char *checks;
	int status;
	const char *text; /* of its output */
} rows[] = {
	{ "", 0, ": 0 checks answered as wanted" },
	{ HEALTH, 0, ": 2 checks answered as wanted" },
	{ "{\"request\": \"GET /health.txt\", \"text\": \"ill\"}", 1,
		"checks[0]: GET /health.txt: content \"healthy \" came, "
		"\"ill\" in it was wanted" },
	{ HEALTH ", {\"request\": \"GET /none\"}", 1,
		"checks[2]: GET /none: status 404 came, 200 was wanted" },
	{ "{\"request\": \"GET /none\", \"status\": 404}", 0, ": 1 check " },
	{ "{\"request\": \"GET /new/x\", \"status\": 301, \"fields\": "
	  "{\"location\": \"/old/x\"}}",
		0, ": ok" },
	{ "{\"request\": \"GET /fixed\", \"fields\": {\"Content-Type\": "
	  "\"json\"}}",
		1,
		"checks[0]: GET /fixed: Content-Type: \"text/plain; "
		"charset=utf-8\" came, \"json\" in it was wanted" },
	{ "{\"request\": \"GET /fixed\", \"fields\": {\"X-None\": \"1\"}}", 1,
		"checks[0]: GET /fixed: no field X-None came, \"1\" in it was "
		"wanted" },
	{ "{\"request\": \"HEAD /fixed\", \"text\": \"all\"}", 1,
		"content \"\" came, \"all\" in it was wanted" },
	{ "{\"request\": \"PUT /fixed\", \"body\": \"x\"}", 0, ": ok" },
	{ "{\"request\": \"/health.txt\"}", 1,
		"checks[0].request: must be a method and a path, like \"GET "
		"/health\"" },
	{ "{\"request\": \"GET /a b\"}", 1,
		"checks[0].request: must not contain spaces" },
	{ "{\"status\": 200}", 1, "\"request\" is missing" },
	{ "{\"request\": \"GET /\", \"status\": 103}", 1,
		"checks[0].status: must be between 200 and 599" },
	{ "{\"request\": \"GET /\", \"headers\": {\"Content-Length\": \"1\"}}",
		1, "is set by the check itself" },
	{ "{\"request\": \"GET /\", \"satus\": 1}", 1,
		"checks[0].satus: unknown key (did you mean \"status\"?)" },
	{ "1", 1, "checks[0]: must be an object" },
};

START_TEST(check_run_answers_the_checks_without_a_server)
{
	char conf[2048];

	make_files();
	snprintf(conf, sizeof(conf), CONF("%s", ""), rows[_i].checks);
	server_configure(&s, conf);
	order("check", "--run");
	ck_assert_msg(result.status == rows[_i].status, "%d: %s%s",
		result.status, result.out, result.err);
	ck_assert_msg(strstr(result.status == 0 ? result.out : result.err,
			      rows[_i].text) != NULL,
		"%s: %s%s", rows[_i].text, result.out, result.err);
	server_discard(&s);
}
END_TEST

START_TEST(check_modules_tells_the_errors_of_all)
{
	static const char conf[] =
		"{\"listen\": [\"127.0.0.1:$PORT\"], \"sites\": [{\"routes\": ["
		"{\"path\": \"/good/*\", \"module\": \"" MODULES "/live.so\"},"
		"{\"path\": \"/no/*\", \"module\": \"" MODULES "/starts.so\","
		" \"config\": {\"file\": \"$DIR/fails\"}},"
		"{\"path\": \"/dies\", \"module\": \"" MODULES "/starts.so\","
		" \"config\": {\"file\": \"$DIR/crashes\"}},"
		"{\"path\": \"/exits\", \"module\": \"" MODULES "/starts.so\","
		" \"config\": {\"file\": \"$DIR/exits\"}},"
		"{\"path\": \"/*\", \"root\": \"$ROOT\"}]}]}";

	make_files();
	server_text(&s, "fails", "fails");
	server_text(&s, "crashes", "crashes");
	server_text(&s, "exits", "exits");
	server_configure(&s, conf);
	order("check", "--modules");
	ck_assert_msg(result.status == 1, "%s%s", result.out, result.err);
	ck_assert_msg(
		strstr(result.err, "sites[0].routes[1] /no/*: module") != NULL,
		"%s", result.err);
	ck_assert_msg(
		strstr(result.err, "sites[0].routes[2] /dies: module") != NULL,
		"%s", result.err);
	ck_assert_msg(strstr(result.err, "the worker died of signal") != NULL,
		"%s", result.err);
	ck_assert_msg(
		strstr(result.err,
			"/exits: module \"" MODULES
			"/starts.so\": the worker exited with status 3 "
			"while the module was loaded and started\n") != NULL,
		"%s", result.err);
	ck_assert_msg(strstr(result.err, "/good/*") == NULL, "%s", result.err);
	server_discard(&s);
}
END_TEST

/* ---- under load ---------------------------------------------------------- */

enum { THREADS = 4 };

static atomic_bool is_over;
static atomic_uint nasked, nlost;

/* On one connection as long as the server keeps it. */
static void *
ask_on_and_on(void *arg)
{
	struct client c;
	struct response r;

	(void)arg;
	client_open(&c, s.port);
	while (!is_over) {
		client_say(&c, "GET /hello.txt HTTP/1.1\r\nHost: a\r\n\r\n");
		if (client_try_recv(&c, &r, false) != CLIENT_OK) {
			nlost++;
			break;
		}
		nlost += r.status != 200 || strcmp(r.body, "hello\n") != 0;
		nasked++;
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

static void
break_configuration(void)
{
	server_configure(&s, CONF(HEALTH, ", \"deny\": [\"0.0.0.0/0\"], "
					  "\"allow\": [\"10.0.0.0/8\"]"));
}

static void
refuse_reload(void)
{
	break_configuration();
	ck_assert_int_eq(order("reload", NULL), 1);
	ck_assert_msg(strstr(result.err,
			      "refused: worker 0: checks[1]: GET /fixed: "
			      "status 403 came, 200 was wanted; generation 1 "
			      "continues to serve") != NULL,
		"%s", result.err);
}

static void
refuse_upgrade(void)
{
	server_shell(&s, "rm r1/health.txt");
	ck_assert_int_eq(order("upgrade", NULL), 1);
	ck_assert_msg(strstr(result.err,
			      "checks[0]: GET /health.txt: status 404 came, "
			      "200 was wanted") != NULL,
		"%s", result.err);
}

static void
refuse_switch(void)
{
	server_shell(&s, "ln -s r2 new && mv -T new current");
	ck_assert(server_log_has(&s,
		"root switch refused: worker 0: checks[0]: GET /health.txt: "
		"status 404 came, 200 was wanted; generation 1 continues to "
		"serve",
		DEADLINE));
}

static void (*const changes[])(
	void) = { refuse_reload, refuse_upgrade, refuse_switch };

START_TEST(a_change_that_breaks_a_check_is_refused_and_loses_nothing)
{
	pthread_t threads[THREADS];
	pid_t before[PROC_CHILDREN], after[PROC_CHILDREN];
	struct response r;

	make_files();
	s.tolerated = ": worker 0: checks[";
	server_start(&s, CONF(HEALTH, ""));
	ck_assert_uint_eq(server_workers(&s, before), 2);
	for (int i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, ask_on_and_on, NULL);
	changes[_i]();
	client_fetch(s.port, "/fixed", "", &r);
	ck_assert_int_eq(r.status, 200);
	response_free(&r);
	is_over = true;
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	ck_assert_uint_gt(nasked, 0);
	ck_assert_uint_eq(nlost, 0);
	ck_assert_uint_ge(server_workers(&s, after), 2);
	ck_assert_int_eq(before[0], after[0]);
	ck_assert_int_eq(before[1], after[1]);
	server_stop(&s);
}
END_TEST

/* ---- what is left out ---------------------------------------------------- */

START_TEST(a_forced_reload_leaves_the_checks_out)
{
	make_files();
	s.tolerated = "reload refused: ";
	server_start(&s, CONF(HEALTH, ""));
	break_configuration();
	ck_assert_int_eq(order("reload", NULL), 1);
	ck_assert_int_eq(order("reload", "--force"), 0);
	ck_assert(server_log_has(
		&s, "prong reload --force: reloading ", DEADLINE));
	/* The next one is not forced. */
	ck_assert_int_eq(order("reload", NULL), 1);
	server_stop(&s);
}
END_TEST

START_TEST(a_signal_cannot_force)
{
	make_files();
	server_configure(&s,
		"{\"listen\": [\"127.0.0.1:$PORT\"], \"pid_file\": "
		"\"pid\", \"sites\": [{\"routes\": [{\"path\": \"/*\", "
		"\"root\": \"$ROOT\"}]}]}");
	ck_assert_int_eq(order("reload", "--force"), 1);
	ck_assert_msg(strstr(result.err, "cannot be told --force") != NULL,
		"%s", result.err);
	server_discard(&s);
}
END_TEST

START_TEST(a_start_and_a_scale_do_not_wait_for_checks)
{
	make_files();
	server_start(&s, CONF("{\"request\": \"GET /none\"}", ""));
	ck_assert_int_eq(order("scale", "3"), 0);
	server_stop(&s);
}
END_TEST

static void
count_requests(const char *text)
{
	char *log = server_read(&s, "access.log");

	ck_assert_msg(strstr(log, text) == NULL, "%s", log);
	free(log);
}

START_TEST(requests_of_checks_are_neither_logged_nor_counted)
{
	pid_t old[PROC_CHILDREN];
	size_t n;

	make_files();
	server_start(&s, CONF(HEALTH, ""));
	n = server_workers(&s, old);
	ck_assert_int_eq(order("reload", NULL), 0);
	ck_assert(server_has_new_workers(&s, 2, old, n, DEADLINE));
	ck_assert_int_eq(order("ps", "--json"), 0);
	ck_assert_msg(strstr(result.out, "\"requests\":1,") == NULL ||
			      strstr(result.out, "\"requests\":0,") != NULL,
		"%s", result.out);
	server_signal(&s, SIGTERM);
	server_wait(&s, 0);
	count_requests("/health.txt");
	count_requests("/fixed");
	server_finish(&s, 0);
}
END_TEST

/* A handler that hangs costs no more than timeouts.ready. */
START_TEST(a_check_without_an_answer_is_named)
{
	make_files();
	server_configure(&s,
		"{\"listen\": [\"127.0.0.1:$PORT\"], \"timeouts\": "
		"{\"ready\": \"1s\"}, \"checks\": [{\"request\": "
		"\"GET /live/hold\"}], \"sites\": [{\"routes\": "
		"[{\"path\": \"/live/*\", \"module\": \"" MODULES
		"/live.so\"}]}]}");
	ck_assert_int_eq(order("check", "--run"), 1);
	ck_assert_msg(strstr(result.err, "checks[0]: GET /live/hold: no "
					 "response came in time") != NULL,
		"%s", result.err);
	server_discard(&s);
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ check_run_answers_the_checks_without_a_server, ROWS(rows) },
		{ check_modules_tells_the_errors_of_all, 1 },
		{ a_change_that_breaks_a_check_is_refused_and_loses_nothing,
			ROWS(changes) },
		{ a_forced_reload_leaves_the_checks_out, 1 },
		{ a_signal_cannot_force, 1 },
		{ a_check_without_an_answer_is_named, 1 },
		{ a_start_and_a_scale_do_not_wait_for_checks, 1 },
		{ requests_of_checks_are_neither_logged_nor_counted, 1 },
	};

	return harness_run("checks", tests, ROWS(tests));
}
