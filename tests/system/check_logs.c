/*
 * The access log: one true line per request, whatever the request holds.
 * SPDX-License-Identifier: MIT
 */
#include <jansson.h>
#include <regex.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "support/client.h"
#include "support/harness.h"
#include "support/port.h"
#include "support/scrape.h"
#include "support/server.h"
#include "support/test_deadline.h"

#define ACCESS(format)                                                         \
	SERVER_CONF_WITH("\"log\": {\"access\": {\"path\":"                    \
			 " \"$DIR/access.log\", \"format\": \"" format "\"}}")

static struct server s;

static const struct {
	const char *request;
	int status;
	const char *target;   /* as the log shows it */
	const char *mark;     /* what its line alone holds */
	const char *combined; /* a regular expression for the whole line */
} requests[] = {
	{ "GET /hello.txt?row=0 HTTP/1.1\r\nHost: a\r\nReferer: http://x/\r\n"
	  "User-Agent: tester/1.0\r\n\r\n",
		200, "/hello.txt?row=0", "row=0",
		"^127\\.0\\.0\\.1 - - "
		"\\[[0-9]{2}/[A-Z][a-z]{2}/[0-9]{4}:[0-9]{2}:[0-9]{2}:[0-9]{2} "
		"[+-][0-9]{4}\\] \"GET /hello\\.txt\\?row=0 HTTP/1\\.1\" 200 6 "
		"\"http://x/\" \"tester/1\\.0\"$" },
	{ "GET /nothing?row=1 HTTP/1.1\r\nHost: a\r\n\r\n", 404,
		"/nothing?row=1", "row=1",
		"\"GET /nothing\\?row=1 HTTP/1\\.1\" 404 [0-9]+ \"-\" \"-\"$" },
	{ "GET /hello.txt?row=2 HTTP/1.1\r\nHost: a\r\nIf-None-Match: *\r\n"
	  "\r\n",
		304, "/hello.txt?row=2", "row=2",
		"\"GET /hello\\.txt\\?row=2 HTTP/1\\.1\" 304 (0|-) \"-\" "
		"\"-\"$" },
	{ "GET /hello.txt?row=3 HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400,
		NULL, " 400 ", "^127\\.0\\.0\\.1 - - \\[[^]]*\\] \".*\" 400 " },
	/* Quotes, backslashes, controls and other bytes must not break out. */
	{ "GET /hello.txt?row=4 HTTP/1.1\r\nHost: a\r\n"
	  "User-Agent: a\"b\\c\xff\tz\r\n\r\n",
		200, NULL, "row=4",
		"^127\\.0\\.0\\.1 - - \\[[^]]*\\] \"([^\"\\\\]|\\\\.)*\" 200 6 "
		"\"([^\"\\\\]|\\\\.)*\" \"([^\"\\\\]|\\\\.)*\"$" },
	{ "HEAD /hello.txt?row=5 HTTP/1.1\r\nHost: a\r\n\r\n", 200,
		"/hello.txt?row=5", "row=5",
		"\"HEAD /hello\\.txt\\?row=5 HTTP/1\\.1\" 200 (0|-) " },
};

static void
ask(const char *text, int status)
{
	struct response r;

	client_ask(s.port, text, &r);
	ck_assert_msg(r.status == status, "%d for %s", r.status, text);
	response_free(&r);
}

/* The only line with this text; the caller frees it. */
static char *
find_line(const char *mark)
{
	char *log, *at, *start, *line;

	ck_assert_msg(server_file_has(&s, "access.log", mark, DEADLINE),
		"no line with %s", mark);
	log = server_read(&s, "access.log");
	at = strstr(log, mark);
	ck_assert_msg(strstr(at + 1, mark) == NULL, "two lines: %s", log);
	for (start = at; start > log && start[-1] != '\n'; start--)
		;
	line = strndup(start, strcspn(start, "\n"));
	free(log);
	return line;
}

static void
ask_all(void)
{
	for (size_t i = 0; i < ROWS(requests); i++)
		ask(requests[i].request, requests[i].status);
}

static void
check_combined(const char *line, const char *pattern)
{
	regex_t regex;

	ck_assert_int_eq(regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB), 0);
	ck_assert_msg(regexec(&regex, line, 0, NULL, 0) == 0, "%s", line);
	regfree(&regex);
}

START_TEST(a_combined_line_says_what_happened)
{
	char *line;

	server_serve(&s, ACCESS("combined"));
	ask_all();
	for (size_t i = 0; i < ROWS(requests); i++) {
		line = find_line(requests[i].mark);
		check_combined(line, requests[i].combined);
		free(line);
	}
	server_stop(&s);
}
END_TEST

static void
check_json(const char *line, size_t row)
{
	json_error_t error;
	json_t *o = json_loads(line, JSON_REJECT_DUPLICATES, &error);
	const char *target;

	ck_assert_msg(o != NULL, "%s: %s", error.text, line);
	ck_assert_msg(json_integer_value(json_object_get(o, "status")) ==
			      requests[row].status,
		"%s", line);
	ck_assert_ptr_nonnull(json_object_get(o, "time"));
	ck_assert_msg(json_is_string(json_object_get(o, "client")), "%s", line);
	target = json_string_value(json_object_get(o, "target"));
	if (requests[row].target != NULL)
		ck_assert_msg(target != NULL &&
				      strcmp(target, requests[row].target) == 0,
			"%s", line);
	json_decref(o);
}

START_TEST(a_json_line_says_what_happened)
{
	char *line;

	server_serve(&s, ACCESS("json"));
	ask_all();
	for (size_t i = 0; i < ROWS(requests); i++) {
		line = find_line(requests[i].status == 400 ? "\"status\":400"
							   : requests[i].mark);
		check_json(line, i);
		free(line);
	}
	server_stop(&s);
}
END_TEST

enum { BEFORE = 50, AFTER = 50 };

static void
rename_log(void)
{
	char from[128], to[128];

	snprintf(from, sizeof(from), "%s/access.log", s.dir);
	snprintf(to, sizeof(to), "%s/access.log.1", s.dir);
	ck_assert_int_eq(rename(from, to), 0);
}

/* count requests, each with a number of its own. */
static void
ask_numbered(struct client *c, int *number, int count)
{
	char path[64];
	struct response r;

	for (; count > 0; count--) {
		snprintf(path, sizeof(path), "/hello.txt?n=%d", (*number)++);
		client_get(c, path, &r);
		ck_assert_int_eq(r.status, 200);
		response_free(&r);
	}
}

/* Every number in one of the two files, once; the first ones in the old. */
static void
check_all_lines(int count)
{
	char *old = server_read(&s, "access.log.1"), mark[32];
	char *new = server_read(&s, "access.log");

	for (int i = 0; i < count; i++) {
		snprintf(mark, sizeof(mark), "?n=%d ", i);
		ck_assert_msg((strstr(old, mark) != NULL) +
					      (strstr(new, mark) != NULL) ==
				      1,
			"%s is not in one of the files", mark);
		ck_assert_msg(i >= 2 * BEFORE || strstr(old, mark) != NULL,
			"%s is not in the old file", mark);
	}
	free(old);
	free(new);
}

START_TEST(a_rotation_loses_no_line)
{
	int64_t deadline = deadline_in(DEADLINE);
	int number = 0;
	struct client c;
	char *new;

	server_serve(&s, ACCESS("combined"));
	client_open(&c, s.port);
	ask_numbered(&c, &number, BEFORE);
	rename_log();
	ask_numbered(&c, &number, BEFORE);
	server_signal(&s, SIGUSR1);
	for (bool done = false; !done;) {
		ask_numbered(&c, &number, 1);
		new = server_read(&s, "access.log");
		done = strstr(new, "?n=") != NULL;
		free(new);
		ck_assert(done || server_tick(&s, deadline));
	}
	ask_numbered(&c, &number, AFTER);
	client_close(&c);
	server_signal(&s, SIGTERM);
	server_wait(&s, 0);
	check_all_lines(number);
	server_finish(&s, 0);
}
END_TEST

START_TEST(a_log_that_is_off_writes_nothing)
{
	char *log;

	server_serve(&s,
		SERVER_CONF_WITH("\"log\": {\"access\": {\"path\": \"off\"}}"));
	ask("GET /hello.txt HTTP/1.1\r\nHost: a\r\n\r\n", 200);
	log = server_read(&s, "stderr");
	ck_assert_ptr_null(strstr(log, "hello.txt"));
	free(log);
	server_stop(&s);
}
END_TEST

/* The line that comes is the second one's. */
START_TEST(a_quiet_route_writes_no_line)
{
	char *log;

	server_serve(&s,
		"{\"workers\": 1, \"listen\": "
		"[\"127.0.0.1:$PORT\"]," SERVER_TIMEOUTS
		", \"log\": {\"access\": {\"path\": \"$DIR/access.log\"}},"
		" \"sites\": [{\"routes\": ["
		"{\"path\": \"/*\", \"root\": \"$ROOT\"},"
		"{\"path\": \"/health\", \"return\": 200, \"quiet\": true}"
		"]}]}");
	ask("GET /health HTTP/1.1\r\nHost: a\r\n\r\n", 200);
	ask("GET /hello.txt HTTP/1.1\r\nHost: a\r\n\r\n", 200);
	ck_assert(server_file_has(&s, "access.log", "hello.txt", DEADLINE));
	log = server_read(&s, "access.log");
	ck_assert_ptr_null(strstr(log, "health"));
	free(log);
	server_stop(&s);
}
END_TEST

/* The disk of the access log is full: the error log says so at once. */
START_TEST(a_full_disk_is_told_in_the_error_log)
{
	struct response r;

	server_init(&s);
	server_text(&s, "www/hello.txt", "hello\n");
	s.tolerated = "cannot write the access log";
	server_start(&s,
		SERVER_CONF_WITH(
			"\"log\": {\"access\": {\"path\": \"/dev/full\"}}"));
	client_fetch(s.port, "/hello.txt", "", &r);
	ck_assert_int_eq(r.status, 200);
	response_free(&r);
	ck_assert(server_log_has(&s,
		"cannot write the access log /dev/full: No space left on "
		"device",
		DEADLINE));
	server_signal(&s, SIGTERM);
	server_wait(&s, 0);
	ck_assert(server_log_has(
		&s, " of the access log /dev/full: No space left", 1));
	server_finish(&s, 0);
}
END_TEST

/* ---- lines of the master ------------------------------------------------- */

enum { COMMANDS = 400 };

/* Has the master log a line for each of these.  Each answer is read before the
 * next command is sent: a client that only sends is closed when the sockets
 * are full. */
static void
send_commands(void)
{
	static const char request[] = "{\"command\":\"ready\"}\n";
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char byte;

	snprintf(un.sun_path, sizeof(un.sun_path), "%s/control", s.dir);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&un, sizeof(un)), 0);
	for (int i = 0; i < COMMANDS; i++) {
		ck_assert_int_gt(send(fd, request, strlen(request), 0), 0);
		do
			ck_assert_int_eq(recv(fd, &byte, 1, 0), 1);
		while (byte != '\n');
	}
	close(fd);
}

/* They are more than the master keeps while its log cannot be written. */
START_TEST(lines_that_the_master_lost_are_counted_and_told)
{
	int admin = port_take();
	char conf[1024];

	server_init(&s);
	server_text(&s, "www/hello.txt", "hello\n");
	snprintf(conf, sizeof(conf),
		SERVER_CONF_WITH(
			"\"control\": \"control\", \"admin\": {\"listen\":"
			" \"127.0.0.1:%d\"}, \"log\": {\"error\": {\"path\":"
			" \"/dev/full\"}, \"access\": {\"path\":"
			" \"$DIR/access.log\"}}"),
		admin);
	server_start(&s, conf);
	send_commands();
	ck_assert(server_file_has(
		&s, "access.log", " error log lines dropped", DEADLINE));
	ck_assert_int_gt(scrape_sum(admin, "prong_log_lines_dropped_total",
				 "log=\"error\""),
		0);
	server_stop(&s);
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ a_combined_line_says_what_happened, 1 },
		{ a_json_line_says_what_happened, 1 },
		{ a_rotation_loses_no_line, 1 },
		{ a_full_disk_is_told_in_the_error_log, 1 },
		{ lines_that_the_master_lost_are_counted_and_told, 1 },
		{ a_log_that_is_off_writes_nothing, 1 },
		{ a_quiet_route_writes_no_line, 1 },
	};

	return harness_run("logs", tests, ROWS(tests));
}
