/*
 * Several logs, those of sites, syslog; how a response ended.
 * SPDX-License-Identifier: MIT
 */
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/client.h"
#include "support/harness.h"
#include "support/server.h"
#include "support/test_deadline.h"

static struct server s;

static void
ask(const char *text, int status)
{
	struct response r;

	client_ask(s.port, text, &r);
	ck_assert_msg(r.status == status, "%d for %s", r.status, text);
	response_free(&r);
}

/* ---- several logs ---- */

#define SEVERAL                                                                \
	"{\"workers\": 1, \"listen\": [\"127.0.0.1:$PORT\"]," SERVER_TIMEOUTS  \
	", \"log\": {\"request_ids\": true, \"access\": ["                     \
	"{\"path\": \"$DIR/access.log\", \"format\": \"json\"},"               \
	"{\"path\": \"$DIR/errors.log\", \"mode\": \"0604\","                  \
	" \"format\": \"$status $target $end\","                               \
	" \"when\": {\"status\": [\"4xx\"]}}]},"                               \
	" \"sites\": [{\"routes\": [{\"path\": \"/*\", \"root\": "             \
	"\"$ROOT\"}]},"                                                        \
	"{\"hosts\": [\"own.example\"], \"log\": {\"access\": {"               \
	"\"path\": \"$DIR/own.log\", \"format\": \"$site $route "              \
	"$request_id\"}},"                                                     \
	" \"routes\": [{\"path\": \"/x/*\", \"return\": 200}]}]}"

static const struct {
	const char *request;
	int status;
	const char *file, *line; /* whole, or the start of it */
} several[] = {
	{ "GET /hello.txt?one HTTP/1.1\r\nHost: a\r\n\r\n", 200, "access.log",
		"\"target\":\"/hello.txt?one\"" },
	{ "GET /none HTTP/1.1\r\nHost: a\r\n\r\n", 404, "errors.log",
		"404 /none ok\n" },
	{ "GET / HTTP/1.1\r\n\r\n", 400, "errors.log", "400 - bad_request\n" },
	{ "GET /x/y HTTP/1.1\r\nHost: own.example\r\nX-Request-Id: i7\r\n\r\n",
		200, "own.log", "own.example /x/* i7\n" },
};

static void
check_has_not(const char *name, const char *text)
{
	char *log = server_read(&s, name);

	ck_assert_msg(strstr(log, text) == NULL, "%s in %s", text, log);
	free(log);
}

static void
rename_file(const char *name)
{
	char from[128], to[160];

	snprintf(from, sizeof(from), "%s/%s", s.dir, name);
	snprintf(to, sizeof(to), "%s.1", from);
	ck_assert_int_eq(rename(from, to), 0);
}

static void
ask_several(void)
{
	for (size_t i = 0; i < ROWS(several); i++)
		ask(several[i].request, several[i].status);
	for (size_t i = 0; i < ROWS(several); i++)
		ck_assert_msg(server_file_has(&s, several[i].file,
				      several[i].line, DEADLINE),
			"no %s in %s", several[i].line, several[i].file);
}

START_TEST(each_log_has_its_lines_also_after_a_rotation)
{
	char path[128];
	struct stat st;

	server_serve(&s, SEVERAL);
	ask_several();
	check_has_not("errors.log", "hello");
	check_has_not("access.log", "own.example");
	snprintf(path, sizeof(path), "%s/errors.log", s.dir);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_mode & 0777, 0604);
	rename_file("access.log");
	rename_file("errors.log");
	rename_file("own.log");
	server_signal(&s, SIGUSR1);
	ck_assert(server_log_has(&s, "logs reopened", DEADLINE));
	ask_several();
	server_stop(&s);
}
END_TEST

START_TEST(every_response_has_a_request_id_where_asked_for)
{
	static const char *const requests[] = {
		"GET /hello.txt HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET /none HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET / HTTP/1.1\r\n\r\n",
	};
	char mark[96];
	const char *id;
	struct response r;

	server_serve(&s, SEVERAL);
	for (size_t i = 0; i < ROWS(requests); i++) {
		client_ask(s.port, requests[i], &r);
		id = response_field(&r, "X-Request-Id");
		ck_assert_ptr_nonnull(id);
		snprintf(mark, sizeof(mark), "\"request_id\":\"%s\"", id);
		ck_assert(server_file_has(&s, "access.log", mark, DEADLINE));
		response_free(&r);
	}
	server_stop(&s);
}
END_TEST

/* ---- the error log ---- */

/* A socket of UDP on the loopback. */
static int
open_udp(int *port)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(in);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&in, sizeof(in)), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&in, &len), 0);
	*port = ntohs(in.sin_port);
	return fd;
}

/* Reads datagrams until one has the text; returns where it is. */
static const char *
find_datagram(int fd, char text[4096], const char *mark)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	const char *at = NULL;

	while (at == NULL) {
		ck_assert_msg(poll(&p, 1, DEADLINE) == 1, "no %s", mark);
		text[recv(fd, text, 4095, 0)] = '\0';
		at = strstr(text, mark);
	}
	return at;
}

START_TEST(syslog_over_udp_gets_json_of_both_logs)
{
	char conf[512], text[4096];
	int port, fd = open_udp(&port);

	snprintf(conf, sizeof(conf),
		SERVER_CONF_WITH("\"log\": {\"error\": {\"path\":"
				 " \"syslog:127.0.0.1:%d\","
				 " \"facility\": \"local0\","
				 " \"format\": \"json\"},"
				 " \"access\": {\"format\": \"json\","
				 " \"path\": \"syslog:127.0.0.1:%d\"}}"),
		port, port);
	server_serve(&s, conf);
	find_datagram(fd, text, ",\"level\":\"notice\",\"event\":\"prong ");
	ck_assert_int_eq(strncmp(text, "<133>1 20", 9), 0);
	ck_assert_ptr_nonnull(strstr(text, " error - {\"time\":"));
	ck_assert_str_eq(text + strlen(text) - 14, "\"worker\":null}");
	ask("GET /hello.txt?udp HTTP/1.1\r\nHost: a\r\n\r\n", 200);
	find_datagram(fd, text, "/hello.txt?udp");
	ck_assert_int_eq(strncmp(text, "<30>1 20", 8), 0);
	ck_assert_ptr_nonnull(strstr(text, " access - {\"time\":"));
	server_stop(&s);
	close(fd);
}
END_TEST

/* ---- how a response ended ---- */

static const struct {
	bool is_reset; /* by the client; else it reads nothing */
	const char *write_timeout, *end;
} ends[] = {
	{ true, "30s", "\"end\":\"client_gone\"" },
	{ false, "300ms", "\"end\":\"write_timeout\"" },
};

START_TEST(a_line_tells_why_a_response_was_cut_short)
{
	enum { SIZE = 8 * 1024 * 1024 };
	char *bytes = server_pattern(SIZE), conf[512];
	struct client c;

	server_init(&s);
	server_file(&s, "www/large", bytes, SIZE);
	free(bytes);
	snprintf(conf, sizeof(conf),
		"{\"workers\": 1, \"listen\": [\"127.0.0.1:$PORT\"],"
		" \"timeouts\": {\"drain_delay\": \"0s\", \"write\": \"%s\"},"
		" \"log\": {\"access\": {\"path\": \"$DIR/access.log\","
		" \"format\": \"json\"}}," SERVER_SITES "}",
		ends[_i].write_timeout);
	server_start(&s, conf);
	client_open_narrow(&c, s.port, 4096);
	client_say(&c, "GET /large HTTP/1.1\r\nHost: a\r\n\r\n");
	ck_assert(client_has(&c, 1000, DEADLINE));
	if (ends[_i].is_reset)
		client_reset(&c);
	ck_assert(server_file_has(
		&s, "access.log", "\"complete\":false", DEADLINE));
	ck_assert(server_file_has(&s, "access.log", ends[_i].end, DEADLINE));
	if (!ends[_i].is_reset)
		client_close(&c);
	server_stop(&s);
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ each_log_has_its_lines_also_after_a_rotation, 1 },
		{ every_response_has_a_request_id_where_asked_for, 1 },
		{ syslog_over_udp_gets_json_of_both_logs, 1 },
		{ a_line_tells_why_a_response_was_cut_short, ROWS(ends) },
	};

	return harness_run("log_destinations", tests, ROWS(tests));
}
