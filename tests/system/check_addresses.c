/*
 * Many addresses, and their end.
 * SPDX-License-Identifier: MIT
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/client.h"
#include "support/harness.h"
#include "support/server.h"
#include "support/test_deadline.h"

/* "listen" takes 64. */
enum { MORE = 63, ROOM = 4096, SIZE = 8 * 1024 * 1024, NARROW = 4096 };

static struct server s;

static void
make_conf(char *conf, int more)
{
	int used = snprintf(conf, ROOM,
		"{\"workers\": 2, \"listen\": [\"127.0.0.1:$PORT\"");

	for (int i = 0; i < more; i++)
		used += snprintf(conf + used, (size_t)(ROOM - used),
			", \"127.0.0.%d:$PORT\"", i + 2);
	snprintf(conf + used, (size_t)(ROOM - used),
		"]," SERVER_TIMEOUTS "," SERVER_SITES "}");
}

/* Does the kernel take a connection at 127.0.0.LAST? */
static bool
is_heard(int last)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)s.port),
		.sin_addr.s_addr =
			htonl(INADDR_LOOPBACK - 1 + (uint32_t)last) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), rc;

	ck_assert_int_ne(fd, -1);
	rc = connect(fd, (struct sockaddr *)&in, sizeof(in));
	ck_assert(rc == 0 || errno == ECONNREFUSED);
	close(fd);
	return rc == 0;
}

/* The old workers still answer, so whether a client is refused depends on their
 * sockets alone. */
START_TEST(addresses_taken_away_refuse_at_once_however_many)
{
	char conf[ROOM], *bytes = server_pattern(SIZE);
	int64_t deadline;
	struct client slow;

	server_init(&s);
	server_text(&s, "www/index.html", "home\n");
	server_file(&s, "www/large", bytes, SIZE);
	make_conf(conf, MORE);
	server_start(&s, conf);
	client_open_narrow(&slow, s.port, NARROW);
	client_say(&slow, "GET /large HTTP/1.1\r\nHost: a\r\n\r\n");
	ck_assert(client_has(&slow, 1, DEADLINE));
	make_conf(conf, 0);
	server_configure(&s, conf);
	server_signal(&s, SIGHUP);
	ck_assert(server_log_has(&s, "draining generation 1", DEADLINE));
	deadline = deadline_in(DEADLINE);
	/* A worker closes its copies in a turn of its own. */
	for (int i = 0; i < MORE; i++)
		while (is_heard(i + 2))
			ck_assert(server_tick(&s, deadline));
	ck_assert(!server_log_has(&s, "generation 1 ended", 0));
	client_reset(&slow);
	free(bytes);
	server_stop(&s);
}
END_TEST

static unsigned
count_lines(const char *text)
{
	char *log = server_read(&s, "stderr"), *at = log;
	unsigned n = 0;

	for (; (at = strstr(at, text)) != NULL; at++)
		n++;
	free(log);
	return n;
}

START_TEST(a_reload_logs_the_addresses_that_come_and_go_only)
{
	char conf[ROOM], text[3][64];

	server_init(&s);
	server_text(&s, "www/index.html", "home\n");
	for (int i = 0; i < 3; i++)
		snprintf(text[i], sizeof(text[i]),
			"listening on 127.0.0.%d:%d\n", i + 1, s.port);
	make_conf(conf, 1);
	server_start(&s, conf);
	server_signal(&s, SIGHUP);
	ck_assert(server_log_has(&s, "generation 2 serves", DEADLINE));
	server_configure(&s,
		"{\"workers\": 3, \"listen\": [\"127.0.0.1:$PORT\", "
		"\"127.0.0.3:$PORT\"]," SERVER_TIMEOUTS "," SERVER_SITES "}");
	server_signal(&s, SIGHUP);
	ck_assert(server_log_has(&s, "generation 3 serves", DEADLINE));
	ck_assert_uint_eq(count_lines(text[0]), 1);
	ck_assert_uint_eq(count_lines(text[1]), 2); /* once it is left */
	ck_assert(server_log_has(&s, "no longer listening on 127.0.0.2:", 0));
	ck_assert_uint_eq(count_lines(text[2]), 1);
	server_stop(&s);
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ addresses_taken_away_refuse_at_once_however_many, 1 },
		{ a_reload_logs_the_addresses_that_come_and_go_only, 1 },
	};

	return harness_run("addresses", tests, ROWS(tests));
}
