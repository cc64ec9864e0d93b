/*
 * Mistakes of module authors: each causes a clear error, and the server
 * continues. The modules are built here as their authors build them.
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/client.h"
#include "support/harness.h"
#include "support/server.h"

// clang-format off
#define CONF                                                                   \
	"{\"workers\": 1, \"control\": \"control\","                           \
	" \"listen\": [\"127.0.0.1:$PORT\"],"                                  \
	" \"timeouts\": {\"drain_delay\": \"0s\", \"handler\": \"1s\"},"       \
	" \"sites\": [{\"routes\": [{\"path\": \"/*\", \"root\": \"$ROOT\"},"  \
	" {\"path\": \"/m/*\", \"module\": \"$DIR/mistakes.so\",\n"                \
	" \"config\": {\n"                                                     \
	"  \"count\": 11,\n"                                                   \
	"  \"db\": {\"hosts\": []}}}]}]}"
// clang-format on

static struct server s;

/* define: "-DWRONG_ABI", or "" for a module that loads. */
static void
build(const char *define)
{
	char command[1024];

	snprintf(command, sizeof(command),
		"cc %s -D_GNU_SOURCE -I" API_DIR " -shared -fPIC -w -o "
		"%s/mistakes.so " MISTAKES,
		define, s.dir);
	ck_assert_int_eq(system(command), 0);
}

static void
start(void)
{
	server_init(&s);
	server_text(&s, "www/hello.txt", "hello\n");
	build("");
	server_start(&s, CONF);
}

/* ---- in a handler ------------------------------------------------------- */

static const struct {
	const char *name;
	const char *answer; /* errno of the call */
	const char *log;
} calls[] = {
	{ "answers_twice", "first\n", "answered twice" },
	{ "bad_status", "EINVAL\n",
		"prong_text(): the status is not one of 200 to 599, in "
		"GET /m/mistake/:what" },
	{ "early_status", "EINVAL\n", "prong_empty(): " },
	{ "null_content", "EINVAL\n", "prong_answer(): " },
	{ "null_context", "EINVAL\n", NULL },
	{ "null_field", "EINVAL\n", "prong_set_field(): " },
	{ "splits", "EINVAL\n", "prong_set_field(): " },
	{ "sets_length", "EPERM\n", "prong_set_field(): " },
	{ "bad_type", "EINVAL\n", "prong_answer(): " },
	{ "bad_cookie", "EINVAL\n", "prong_set_cookie(): " },
	{ "redirects_to_script", "EINVAL\n", "prong_redirect(): " },
	{ "redirects_with_200", "EINVAL\n", "prong_redirect(): " },
	{ "writes_without_stream", "EINVAL\n", "prong_write(): " },
	{ "finishes_without_stream", "EINVAL\n", "prong_finish(): " },
	{ "event_without_stream", "EINVAL\n", "prong_sse_send(): " },
	{ "sends_without_websocket", "EINVAL\n", "prong_ws_send(): " },
	{ "watches_nothing", "EBADF\n", "prong_watch(): " },
	{ "never_calls", "EINVAL\n", "prong_after(): " },
	{ "wants_all_memory", "ENOMEM\n", NULL },
	{ "pauses_nothing", "EINVAL\n", "prong_pause_body(): " },
	{ "hints_two_lines", "EINVAL\n", "prong_early_hint(): " },
};

static void
assert_serves(void)
{
	struct response r;

	client_fetch(s.port, "/hello.txt", "", &r);
	ck_assert_int_eq(r.status, 200);
	ck_assert_str_eq(r.body, "hello\n");
	response_free(&r);
}

static void
check_call(size_t i)
{
	struct response r;
	char path[64];

	snprintf(path, sizeof(path), "/m/mistake/%s", calls[i].name);
	client_fetch(s.port, path, "", &r);
	ck_assert_int_eq(r.status, 200);
	ck_assert_msg(strcmp(r.body, calls[i].answer) == 0, "%s: %s",
		calls[i].name, r.body);
	response_free(&r);
	if (calls[i].log != NULL)
		ck_assert_msg(server_log_has(&s, calls[i].log, 5000),
			"the log has no \"%s\"", calls[i].log);
}

/* One server for all: a mistake does not change what follows. */
START_TEST(a_wrong_call_fails_and_is_logged)
{
	start();
	s.tolerated = "module mistakes: ";
	for (size_t i = 0; i < ROWS(calls); i++)
		check_call(i);
	assert_serves();
	server_stop(&s);
}
END_TEST

START_TEST(a_call_on_an_ended_context_is_logged)
{
	struct response r;

	start();
	s.tolerated = "module mistakes: ";
	client_fetch(s.port, "/m/mistake/keeps", "", &r);
	response_free(&r);
	client_fetch(s.port, "/m/mistake/uses_kept", "", &r);
	ck_assert_str_eq(r.body, "ESTALE\n");
	response_free(&r);
	ck_assert(server_log_has(&s,
		"prong_text() was called for a request that has ended", 5000));
	server_stop(&s);
}
END_TEST

static const struct {
	const char *path;
	int status;
	const char *log;
} handlers[] = {
	{ "/m/forget", 500,
		"GET /m/forget: the handler returned without an answer" },
	{ "/m/null_json", 500, "prong_json(): " },
	{ "/m/past", 500, "prong_next(): there is no next handler" },
	{ "/m/forever", 504,
		"GET /m/forever: the handler did not answer in time" },
};

START_TEST(a_handler_without_an_answer_causes_500_and_is_logged)
{
	struct response r;

	start();
	s.tolerated = "module mistakes: ";
	client_fetch(s.port, handlers[_i].path, "", &r);
	ck_assert_int_eq(r.status, handlers[_i].status);
	response_free(&r);
	ck_assert_msg(server_log_has(&s, handlers[_i].log, 5000),
		"the log has no \"%s\"", handlers[_i].log);
	assert_serves();
	server_stop(&s);
}
END_TEST

static const struct {
	const char *accept, *body;
} forms[] = {
	{ "Accept: application/json\r\n", "{\"type\":\"about:blank\"" },
	{ "", "{\"type\":\"about:blank\"" },
	{ "Accept: text/html\r\n", "<!doctype html>" },
};

START_TEST(an_encoded_slash_is_refused_in_the_form_of_other_errors)
{
	struct response r;

	start();
	for (size_t i = 0; i < ROWS(forms); i++) {
		client_fetch(s.port, "/m/mistake/a%2Fb", forms[i].accept, &r);
		ck_assert_int_eq(r.status, 400);
		ck_assert_ptr_nonnull(strstr(r.body, forms[i].body));
		response_free(&r);
	}
	server_stop(&s);
}
END_TEST

static const struct {
	const char *path, *log;
} deaths[] = {
	{ "/m/null", "GET /m/null HTTP/1.1" },
	{ "/m/exit", "GET /m/exit HTTP/1.1" },
};

/* A sanitizer changes how a worker dies. */
START_TEST(a_crashed_worker_is_replaced_and_its_request_logged)
{
	struct client c;
	struct response r;

	start();
	s.tolerated = "";
	client_open(&c, s.port);
	client_say(&c, "GET ");
	client_say(&c, deaths[_i].path);
	client_say(&c, " HTTP/1.1\r\nHost: a\r\n\r\n");
	ck_assert(client_is_gone(&c, 5000));
	client_close(&c);
	ck_assert_msg(server_log_has(&s, deaths[_i].log, 5000),
		"the log does not name %s", deaths[_i].log);
	client_fetch(s.port, "/hello.txt", "", &r);
	ck_assert_int_eq(r.status, 200);
	response_free(&r);
	server_stop(&s);
}
END_TEST

static const struct {
	const char *path, *log;
} calls_of_the_loop[] = {
	{ "/m/crash/every", "in a timer of module" },
	{ "/m/crash/once", "in a timer of module" },
	{ "/m/crash/after", "in a timer of module" },
	{ "/m/crash/after", "left unanswered: GET /m/crash/after" },
	{ "/m/crash/watch", "in a watch of module" },
	{ "/m/crash/job", "during a job of module" },
};

START_TEST(a_crash_outside_of_a_handler_names_the_module)
{
	struct client c;

	start();
	s.tolerated = "";
	client_open(&c, s.port);
	client_say(&c, "GET ");
	client_say(&c, calls_of_the_loop[_i].path);
	client_say(&c, " HTTP/1.1\r\nHost: a\r\n\r\n");
	ck_assert_msg(server_log_has(&s, calls_of_the_loop[_i].log, 5000),
		"the log has no \"%s\"", calls_of_the_loop[_i].log);
	client_close(&c);
	assert_serves();
	server_stop(&s);
}
END_TEST

/* ---- in the file -------------------------------------------------------- */

static const struct {
	const char *define, *says;
} files[] = {
	{ "-DNO_MODULE", "does not define PRONG_MODULE" },
	{ "-DWRONG_ABI", "built for ABI 1, this server has 3" },
	{ "-DNO_SYMBOL", "undefined symbol: there_is_no_such_function" },
	{ "-DNO_ROUTES", "PRONG_MODULE needs .name and .routes" },
	{ "-DSAME_ROUTE", "/mistake/:why" },
	{ "-DBAD_PATTERN",
		"module \"mistakes\": route GET notes: a pattern must begin" },
	{ "-DNO_HANDLER", "/nothing" },
	{ "-DFAILS_SILENTLY", "its start function failed" },
	{ "-DWRONG_CONFIG", ": error: config.db.path: is required" },
	{ "-DWRONG_CONFIG",
		": error: config.count: must be a whole number from 1 to 10" },
	{ "-DWRONG_CONFIG",
		":4:19: error: config.db.hosts[3].x: is the third" },
	{ "-DDIES_IN_START", "was loaded and started" },
};

START_TEST(an_invalid_module_is_refused_and_the_old_one_serves)
{
	struct program_result result;
	struct response r;

	start();
	s.tolerated = "";
	build(files[_i].define);
	program_run(&(struct program){ 0 },
		(const char *[]){ "prong", "reload", "-c", s.file, NULL },
		&result);
	ck_assert_int_eq(result.status, 1);
	ck_assert_msg(
		strstr(result.err, files[_i].says) != NULL, "%s", result.err);
	client_fetch(s.port, "/m/mistake/splits", "", &r);
	ck_assert_str_eq(r.body, "EINVAL\n");
	response_free(&r);
	server_stop(&s);
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ a_wrong_call_fails_and_is_logged, 1 },
		{ a_call_on_an_ended_context_is_logged, 1 },
		{ a_handler_without_an_answer_causes_500_and_is_logged,
			ROWS(handlers) },
		{ an_encoded_slash_is_refused_in_the_form_of_other_errors, 1 },
		{ a_crashed_worker_is_replaced_and_its_request_logged,
			ROWS(deaths) },
		{ a_crash_outside_of_a_handler_names_the_module,
			ROWS(calls_of_the_loop) },
		{ an_invalid_module_is_refused_and_the_old_one_serves,
			ROWS(files) },
	};

	return harness_run("module_misuse", tests, ROWS(tests));
}
