/*
 * A whole life in short: every kind of answer, a reload of each kind, logs
 * reopened, a drain.  scripts/test runs it once more over a prong in valgrind,
 * where a leak or an invalid access is an exit status that is not 0.
 * SPDX-License-Identifier: MIT
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "support/client.h"
#include "support/harness.h"
#include "support/server.h"
#include "support/test_deadline.h"

enum { LARGE = 3 << 20 };

#define CONF(more)                                                             \
	"{\"workers\": 2, \"listen\": [\"127.0.0.1:$PORT\"],"                  \
	"\"control\": \"control\", \"pid_file\": \"prong.pid\","               \
	"\"log\": {\"access\": {\"path\": \"$DIR/access.log\"}},"              \
	"\"limits\": {\"body\": \"1k\"}," SERVER_TIMEOUTS ","                  \
	"\"sites\": [{\"routes\": ["                                           \
	"{\"path\": \"/old/*\", \"redirect\": \"/$1\"},"                       \
	"{\"path\": \"/list/*\", \"root\": \"$ROOT\", \"listing\": true},"     \
	"{\"path\": \"/*\", \"root\": \"$ROOT\"}]}]" more "}"

static struct server s;

static const struct {
	const char *text;
	int status;
} requests[] = {
	{ "GET / HTTP/1.1\r\nHost: a\r\n\r\n", 200 },
	{ "HEAD /hello.txt HTTP/1.1\r\nHost: a\r\n\r\n", 200 },
	{ "GET /hello.txt HTTP/1.0\r\n\r\n", 200 },
	{ "GET /large.bin HTTP/1.1\r\nHost: a\r\n\r\n", 200 },
	{ "GET /large.bin HTTP/1.1\r\nHost: a\r\nRange: bytes=1-9\r\n\r\n",
		206 },
	{ "GET /text.html HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n"
	  "\r\n",
		200 },
	{ "GET /hello.txt HTTP/1.1\r\nHost: a\r\nIf-None-Match: *\r\n\r\n",
		304 },
	{ "GET /old/hello.txt HTTP/1.1\r\nHost: a\r\n\r\n", 301 },
	{ "GET /list/ HTTP/1.1\r\nHost: a\r\n\r\n", 200 },
	{ "GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n", 404 },
	{ "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
	  "5\r\nhello\r\n0\r\n\r\n",
		405 },
	{ "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400 },
	{ "BREW / HTTP/1.1\r\nHost: a\r\n\r\n", 501 },
};

/* Twice each: what is kept in memory is answered from there. */
static void
ask_all(void)
{
	struct response r;

	for (size_t i = 0; i < 2 * ROWS(requests); i++) {
		size_t row = i % ROWS(requests);

		client_ask(s.port, requests[row].text, &r);
		ck_assert_msg(r.status == requests[row].status, "%d for %s",
			r.status, requests[row].text);
		response_free(&r);
	}
}

static void
run(const char *word, int status)
{
	const char *argv[] = { "prong", word, "-c", s.file, NULL };
	static struct program_result result;

	program_run(&(struct program){ 0 }, argv, &result);
	ck_assert_msg(result.status == status, "%s: %d: %s", word,
		result.status, result.err);
}

static void
fill_root(void)
{
	char *large = server_pattern(LARGE);
	char text[4000] = "";

	memset(text, 'a', sizeof(text) - 1);
	server_init(&s);
	server_text(&s, "www/index.html", "<p>home</p>\n");
	server_text(&s, "www/hello.txt", "hello\n");
	server_text(&s, "www/text.html", text);
	server_file(&s, "www/large.bin", large, LARGE);
	free(large);
}

START_TEST(from_start_to_drain)
{
	struct client kept, silent;
	struct response r;

	fill_root();
	s.temporary = "prong.pid";
	s.tolerated = "reload";
	server_start(&s, CONF(""));
	ask_all();
	client_open(&kept, s.port);
	client_open(&silent, s.port);
	client_get(&kept, "/hello.txt", &r);
	response_free(&r);
	run("reload", 0);
	client_get(&kept, "/hello.txt", &r);
	response_free(&r);
	server_configure(&s, CONF(", \"reload\": 1"));
	run("reload", 1);
	server_configure(&s, CONF(", \"watchdog\": {\"warn\": \"9s\"}"));
	run("reload", 0);
	run("reopen", 0);
	run("ps", 0);
	ask_all();
	client_close(&kept);
	server_signal(&s, SIGTERM);
	client_close(&silent);
	server_finish(&s, 0);
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ from_start_to_drain, 1 },
	};

	return harness_run("smoke", tests, ROWS(tests));
}
