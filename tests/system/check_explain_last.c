/*
 * `prong explain --last`: what the running server did for a request.
 * SPDX-License-Identifier: MIT
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/last_report.h"
#include "cli/options.h"
#include "support/client.h"
#include "support/harness.h"
#include "support/server.h"
#include "support/test_deadline.h"

static struct server s;

#define RECENT                                                                 \
	"{\"workers\": 1, \"listen\": [\"127.0.0.1:$PORT\"], \"control\": "    \
	"\"control\", \"log\": {\"recent\": \"16k\"}," SERVER_TIMEOUTS         \
	", \"sites\": [{\"routes\": [{\"path\": \"/*\", \"root\": \"$ROOT\"}," \
	"{\"path\": \"/live/*\", \"module\": \"" MODULES "/live.so\"}]}]}"

static void
explain_last(struct program_result *result, const char *id)
{
	const char *argv[] = { "prong", "explain", "--last", id, "-c", s.file,
		NULL };

	program_run(&(struct program){ 0 }, argv, result);
}

static void
ask_with_id(const char *path, const char *fields, int status)
{
	struct response r;

	client_fetch(s.port, path, fields, &r);
	ck_assert_int_eq(r.status, status);
	response_free(&r);
}

/* The worker writes the line after the client has its response. */
static void
explain_until_known(struct program_result *result, const char *id)
{
	int64_t deadline = deadline_in(DEADLINE);

	do
		explain_last(result, id);
	while (result->status != 0 && server_tick(&s, deadline));
	ck_assert_msg(result->status == 0, "%s", result->err);
}

static void
assert_has(const struct program_result *result, const char *text)
{
	ck_assert_msg(strstr(result->out, text) != NULL, "%s\nnot in:\n%s%s",
		text, result->out, result->err);
}

START_TEST(the_server_tells_what_it_did_for_a_request)
{
	struct program_result result;
	char again[160];

	server_serve(&s, RECENT);
	ask_with_id("/none?a=b", "X-Request-Id: first\r\n", 404);
	explain_until_known(&result, "first");
	assert_has(&result, "GET /none?a=b\n  id        first\n");
	assert_has(&result, "\n  client    127.0.0.1\n");
	assert_has(&result, "\n  route     /*\n");
	assert_has(&result, "\n  worker    0 of generation 1\n");
	assert_has(&result, "\n  response  404, ");
	assert_has(&result, "\n  end       complete: ok\n");
	snprintf(again, sizeof(again),
		"\n  again     prong explain -c '%s' 'GET' 'http", s.file);
	assert_has(&result, again);
	ask_with_id("/hello.txt",
		"traceparent: 00-0af7651916cd43dd8448eb211c80319c-"
		"b7ad6b7169203331-01\r\n",
		200);
	explain_until_known(&result, "0af7651916cd43dd8448eb211c80319c");
	assert_has(&result, "GET /hello.txt\n");
	server_stop(&s);
}
END_TEST

START_TEST(what_a_dead_worker_did_is_told)
{
	pid_t workers[PROC_CHILDREN];
	struct program_result result;
	size_t n;

	server_serve(&s, RECENT);
	ask_with_id("/hello.txt", "X-Request-Id: last\r\n", 200);
	explain_until_known(&result, "last");
	s.tolerated = "died of signal 9";
	n = server_workers(&s, workers);
	kill(workers[0], SIGKILL);
	ck_assert(server_has_new_workers(&s, 1, workers, n, DEADLINE));
	explain_last(&result, "last");
	assert_has(&result, "GET /hello.txt\n");
	server_stop(&s);
}
END_TEST

static const struct {
	const char *id, *text;
} unknown[] = {
	{ "other", "no worker remembers request ID other: " },
	{ "a\"b", "not a request ID: " },
	{ "", "not a request ID: " },
	{ "held", "request ID held is in flight: worker 0 (pid " },
};

START_TEST(an_id_that_no_worker_remembers_is_told_so)
{
	struct program_result result;
	struct client c;
	int64_t deadline = deadline_in(DEADLINE);

	server_serve(&s, RECENT);
	client_open(&c, s.port);
	client_say(&c, "GET /live/hold HTTP/1.1\r\nHost: a\r\n"
		       "X-Request-Id: held\r\n\r\n");
	do
		explain_last(&result, unknown[_i].id);
	while (strstr(result.err, unknown[_i].text) == NULL &&
		server_tick(&s, deadline));
	ck_assert_int_eq(result.status, 1);
	ck_assert_msg(
		strstr(result.err, unknown[_i].text) != NULL, "%s", result.err);
	client_close(&c);
	server_stop(&s);
}
END_TEST

START_TEST(a_server_that_remembers_nothing_says_so)
{
	struct program_result result;

	server_serve(&s, SERVER_CONF_WITH("\"control\": \"control\""));
	explain_last(&result, "any");
	ck_assert_int_eq(result.status, 1);
	ck_assert_msg(strstr(result.err, "\"log.recent\" of the "
					 "configuration is 0") != NULL,
		"%s", result.err);
	server_stop(&s);
}
END_TEST

#define PLAIN                                                                  \
	"\"method\": \"GET\", \"target\": \"/a\", \"host\": \"b\", "           \
	"\"client\": \"::1\", \"scheme\": \"http\""

/* again: the command; "" if none is printed. */
static const struct {
	const char *request, *file, *again;
} commands[] = {
	{ PLAIN, NULL, "prong explain 'GET' 'http://b/a' --as '::1'\n" },
	{ PLAIN, "/etc/a;b",
		"prong explain -c '/etc/a;b' 'GET' 'http://b/a' --as '::1'\n" },
	{ PLAIN, "/etc/a'b", "" },
	{ PLAIN, "/etc/a\033b", "" },
	{ PLAIN ", \"scheme\": \"';id;'\"", NULL, "" },
	{ PLAIN ", \"scheme\": \"\\u001b[2J\"", NULL, "" },
	{ PLAIN ", \"method\": \"';id;'\"", NULL, "" },
	{ PLAIN ", \"host\": \"';id;'\"", NULL, "" },
	{ PLAIN ", \"target\": \"/';id;'\"", NULL, "" },
	{ PLAIN ", \"client\": \"';id;'\"", NULL, "" },
	{ PLAIN ", \"peer\": \"';id;'\"", NULL, "" },
};

/* A worker that was taken over may have written the members. */
START_TEST(the_command_is_safe_to_paste)
{
	struct options o = { .file = commands[_i].file,
		.is_default_file = commands[_i].file == NULL };
	char json[512], *text = NULL;
	const char *again;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	json_t *answer;

	snprintf(json, sizeof(json), "{\"requests\": [{%s}]}",
		commands[_i].request);
	answer = json_loads(json, 0, NULL);
	ck_assert_ptr_nonnull(answer);
	last_report_print(answer, &o, out);
	fclose(out);
	ck_assert_ptr_null(strchr(text, '\033'));
	again = strstr(text, "  again     ");
	ck_assert_str_eq(again == NULL ? "" : again + strlen("  again     "),
		commands[_i].again);
	json_decref(answer);
	free(text);
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ the_server_tells_what_it_did_for_a_request, 1 },
		{ what_a_dead_worker_did_is_told, 1 },
		{ an_id_that_no_worker_remembers_is_told_so, ROWS(unknown) },
		{ a_server_that_remembers_nothing_says_so, 1 },
		{ the_command_is_safe_to_paste, ROWS(commands) },
	};

	return harness_run("explain_last", tests, ROWS(tests));
}
