/*
 * Mistakes of module authors: each causes a clear error, and the server
 * continues. The modules are built here as their authors build them.
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
static char modules[] = "/tmp/prong-mistakes-XXXXXX"; /* built by main() */

/* define: "-DWRONG_ABI", or "" for a module that loads. */
static void
install(const char *define)
{
	char from[128], to[128];

	snprintf(from, sizeof(from), "%s/mistakes%s.so", modules, define);
	snprintf(to, sizeof(to), "%s/mistakes.so", s.dir);
	unlink(to);
	ck_assert_int_eq(symlink(from, to), 0);
}

static void
start(void)
{
	server_init(&s);
	server_text(&s, "www/hello.txt", "hello\n");
	install("");
	server_start(&s, CONF);
}

/* What the log has from now on. */
static size_t
log_length(void)
{
	char *log = server_read(&s, "stderr");
	size_t len = strlen(log);

	free(log);
	return len;
}

static void
check_log(size_t from, const char *text)
{
	int64_t deadline = deadline_in(DEADLINE);
	bool has = false;
	char *log;

	do {
		log = server_read(&s, "stderr");
		has = strstr(log + from, text) != NULL;
		free(log);
	} while (!has && server_tick(&s, deadline));
	ck_assert_msg(has, "the log has no \"%s\"", text);
}

/* ---- in a handler ------------------------------------------------------- */

enum { SPLITS = 8 }; /* the row of the call */

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
	{ "config_without_path", "EINVAL\n", "prong_config_string(): " },
	{ "config_without_result", "EINVAL\n", "prong_config_bool(): " },
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
	{ "answers_below_zero", "EINVAL\n", "prong_answer(): the length " },
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
	size_t from = log_length();
	struct response r;
	char path[64];

	snprintf(path, sizeof(path), "/m/mistake/%s", calls[i].name);
	client_fetch(s.port, path, "", &r);
	ck_assert_int_eq(r.status, 200);
	ck_assert_msg(strcmp(r.body, calls[i].answer) == 0, "%s: %s",
		calls[i].name, r.body);
	response_free(&r);
	if (calls[i].log != NULL)
		check_log(from, calls[i].log);
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

static void
check_handler(size_t i)
{
	size_t from = log_length();
	struct response r;

	client_fetch(s.port, handlers[i].path, "", &r);
	ck_assert_int_eq(r.status, handlers[i].status);
	response_free(&r);
	check_log(from, handlers[i].log);
	assert_serves();
}

START_TEST(a_handler_without_an_answer_causes_500_and_is_logged)
{
	start();
	s.tolerated = "module mistakes: ";
	for (size_t i = 0; i < ROWS(handlers); i++)
		check_handler(i);
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
	bool is_served; /* the handler does not return */
} deaths[] = {
	{ "null", "GET /m/null HTTP/1.1", true },
	{ "exit", "GET /m/exit HTTP/1.1", true },
	{ "crash/every", "in a timer of module", false },
	{ "crash/once", "in a timer of module", false },
	{ "crash/after", "in a timer of module", false },
	{ "crash/after", "left unanswered: GET /m/crash/after", false },
	{ "crash/exit", "exit status 0 in a timer of module", false },
	{ "crash/exit", "left unanswered: GET /m/crash/exit", false },
	{ "crash/watch", "in a watch of module", false },
	{ "crash/job", "during a job of module", false },
	{ "crash/stream", "in on_drain of module", false },
	{ "crash/websocket", "for a WebSocket of module", false },
};

/* A sanitizer changes how a worker dies. */
static void
check_death(size_t i)
{
	size_t from = log_length();
	struct client c;

	client_open(&c, s.port);
	client_say(&c, "GET /m/");
	client_say(&c, deaths[i].path);
	client_say(&c, " HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\n"
		       "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
		       "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
	if (strstr(deaths[i].path, "websocket") != NULL) {
		ck_assert(client_hears(&c, "\r\n\r\n", DEADLINE));
		client_say(&c, "\x88\x80\1\1\1\1");
	}
	if (deaths[i].is_served)
		ck_assert(client_is_gone(&c, DEADLINE));
	check_log(from, deaths[i].log);
	client_close(&c);
	assert_serves();
}

START_TEST(a_crash_is_logged_with_its_request_or_module)
{
	start();
	s.tolerated = "";
	for (size_t i = 0; i < ROWS(deaths); i++)
		check_death(i);
	server_stop(&s);
}
END_TEST

START_TEST(a_crash_in_drain_is_logged_as_an_error)
{
	struct response r;
	size_t from;

	start();
	s.tolerated = "";
	from = log_length();
	client_fetch(s.port, "/m/crash/drain", "", &r);
	response_free(&r);
	server_signal(&s, SIGHUP);
	check_log(from, "in drain of module");
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

static void
check_file(size_t i)
{
	struct program_result result;

	install(files[i].define);
	program_run(&(struct program){ 0 },
		(const char *[]){ "prong", "reload", "-c", s.file, NULL },
		&result);
	ck_assert_int_eq(result.status, 1);
	ck_assert_msg(
		strstr(result.err, files[i].says) != NULL, "%s", result.err);
	/* The old one serves. */
	check_call(SPLITS);
}

START_TEST(an_invalid_module_is_refused_and_the_old_one_serves)
{
	start();
	s.tolerated = "";
	for (size_t i = 0; i < ROWS(files); i++)
		check_file(i);
	server_stop(&s);
}
END_TEST

/* As their authors do it, two at a time. */
static bool
build_modules(void)
{
	char command[4096];
	int n;

	if (mkdtemp(modules) == NULL)
		return false;
	n = snprintf(command, sizeof(command), "for d in -D_GNU_SOURCE");
	for (size_t i = 0; i < ROWS(files); i++)
		if (i == 0 || strcmp(files[i].define, files[i - 1].define) != 0)
			n += snprintf(command + n, sizeof(command) - (size_t)n,
				" %s", files[i].define);
	snprintf(command + n, sizeof(command) - (size_t)n,
		"; do echo $d; done | xargs -P 2 -I@ cc @ -D_GNU_SOURCE "
		"-I" API_DIR " -shared -fPIC -w -o %s/mistakes@.so " MISTAKES
		" && mv %s/mistakes-D_GNU_SOURCE.so %s/mistakes.so",
		modules, modules, modules);
	return system(command) == 0;
}

static bool
remove_modules(void)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -r %s", modules);
	return system(command) == 0;
}

int
main(void)
{
	struct harness_test tests[] = {
		{ a_wrong_call_fails_and_is_logged, 1 },
		{ a_call_on_an_ended_context_is_logged, 1 },
		{ a_handler_without_an_answer_causes_500_and_is_logged, 1 },
		{ an_encoded_slash_is_refused_in_the_form_of_other_errors, 1 },
		{ a_crash_in_drain_is_logged_as_an_error, 0 },
		{ a_crash_is_logged_with_its_request_or_module, 1 },
		{ an_invalid_module_is_refused_and_the_old_one_serves, 1 },
	};
	int failed;

	if (!build_modules())
		return EXIT_FAILURE;
	failed = harness_run("module_misuse", tests, ROWS(tests));
	return remove_modules() ? failed : EXIT_FAILURE;
}
