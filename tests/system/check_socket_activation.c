/*
 * Sockets that the service manager opened (sd_listen_fds(3)), and those that
 * all workers share.
 * SPDX-License-Identifier: MIT
 */
#include <arpa/inet.h>
#include <netinet/in.h>
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
#include "support/server.h"
#include "support/test_deadline.h"

enum { CROWD = 40 }; /* more than a worker takes at once */

static struct server s;
static int sockets[3], ports[3];
static char unix_path[108];

/* Listens as systemd does: blocking, and no process accepts yet. */
static int
listen_at(int port)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	ck_assert_int_eq(listen(fd, 128), 0);
	return fd;
}

static struct sockaddr_un
unix_address(void)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };

	snprintf(un.sun_path, sizeof(un.sun_path), "%s", unix_path);
	return un;
}

static int
listen_unix(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un un;

	snprintf(unix_path, sizeof(unix_path), "%s/http", s.dir);
	un = unix_address();
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&un, sizeof(un)), 0);
	ck_assert_int_eq(listen(fd, 128), 0);
	return fd;
}

static void
open_unix(struct client *c)
{
	struct sockaddr_un un = unix_address();

	*c = (struct client){ .fd = socket(
				      AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0) };
	ck_assert_int_eq(connect(c->fd, (struct sockaddr *)&un, sizeof(un)), 0);
}

/* The first one at s.port, the others elsewhere. */
static void
open_sockets(int n, const char *names)
{
	server_init(&s);
	server_text(&s, "www/hello.txt", "hello\n");
	for (int i = 0; i < n; i++) {
		ports[i] = i == 0 ? s.port : port_take();
		sockets[i] = listen_at(ports[i]);
		s.own_descriptors++;
	}
	s.program.sockets = sockets;
	s.program.nsockets = n;
	s.program.names = names;
}

static void
close_sockets(void)
{
	for (int i = 0; i < s.program.nsockets; i++)
		close(sockets[i]);
	s.own_descriptors -= s.program.nsockets;
}

static void
fetch(int port)
{
	struct response r;

	client_fetch(port, "/hello.txt", "", &r);
	ck_assert_int_eq(r.status, 200);
	response_free(&r);
}

#define LISTEN(list)                                                           \
	"{\"workers\": 2, \"listen\": [" list "]," SERVER_TIMEOUTS             \
	"," SERVER_SITES "}"

static const char *const one[] = {
	LISTEN("\"127.0.0.1:$PORT\""),
	LISTEN("\"systemd:prong.socket\""),
	LISTEN("{\"address\": \"systemd:prong.socket\"}"),
};

START_TEST(a_socket_is_found_by_address_or_name)
{
	open_sockets(1, "prong.socket");
	server_start(&s, one[_i]);
	fetch(s.port);
	close_sockets();
	server_stop(&s);
}
END_TEST

START_TEST(a_name_may_stand_for_several_sockets)
{
	struct response r;
	struct client c;

	open_sockets(2, "http:http:local");
	sockets[2] = listen_unix();
	s.own_descriptors++;
	s.program.nsockets = 3;
	server_start(&s, LISTEN("\"systemd:http\", \"unix:$DIR/http\""));
	fetch(ports[0]);
	fetch(ports[1]);
	open_unix(&c);
	client_get(&c, "/hello.txt", &r);
	ck_assert_int_eq(r.status, 200);
	response_free(&r);
	client_close(&c);
	close_sockets();
	server_signal(&s, SIGTERM);
	server_wait(&s, 0);
	ck_assert_msg(access(unix_path, F_OK) == 0,
		"the manager's socket was removed");
	server_finish(&s, 0);
}
END_TEST

START_TEST(what_nobody_listens_to_is_told_with_address_and_name)
{
	char want[256];

	open_sockets(2, "http:spare:local");
	sockets[2] = listen_unix();
	s.own_descriptors++;
	s.program.nsockets = 3;
	server_start(&s, LISTEN("\"systemd:http\""));
	snprintf(want, sizeof(want),
		"systemd passed 127.0.0.1:%d (systemd:spare), but \"listen\" "
		"lacks it",
		ports[1]);
	ck_assert(server_log_has(&s, want, DEADLINE));
	snprintf(want, sizeof(want),
		"systemd passed unix:%s (systemd:local), but \"listen\" lacks "
		"it",
		unix_path);
	ck_assert(server_log_has(&s, want, DEADLINE));
	close_sockets();
	server_stop(&s);
}
END_TEST

/* No connection is refused while the server does not run. */
START_TEST(connections_wait_over_a_restart)
{
	struct response r;
	struct client c;

	open_sockets(1, "http");
	server_start(&s, LISTEN("\"systemd:http\""));
	server_signal(&s, SIGTERM);
	server_wait(&s, 0);
	client_open(&c, s.port);
	client_say(&c, "GET /hello.txt HTTP/1.1\r\nHost: a\r\n\r\n");
	server_start(&s, LISTEN("\"systemd:http\""));
	client_recv(&c, &r);
	ck_assert_int_eq(r.status, 200);
	response_free(&r);
	client_close(&c);
	close_sockets();
	server_stop(&s);
}
END_TEST

START_TEST(an_address_may_go_and_come_back)
{
	pid_t old[PROC_CHILDREN];
	size_t n;

	open_sockets(2, "http:admin");
	server_start(&s, LISTEN("\"systemd:http\", \"systemd:admin\""));
	fetch(ports[1]);
	n = server_workers(&s, old);
	server_configure(&s, LISTEN("\"systemd:http\""));
	server_signal(&s, SIGHUP);
	ck_assert(server_has_new_workers(&s, 2, old, n, DEADLINE));
	n = server_workers(&s, old);
	server_configure(&s, LISTEN("\"systemd:http\", \"systemd:admin\""));
	server_signal(&s, SIGHUP);
	ck_assert(server_has_new_workers(&s, 2, old, n, DEADLINE));
	fetch(ports[0]);
	fetch(ports[1]);
	close_sockets();
	server_stop(&s);
}
END_TEST

static void
fails_to_start(const char *conf, const char *why)
{
	const char *argv[] = { "prong", "-c", s.file, NULL };
	static struct program_result result;

	server_configure(&s, conf);
	program_run(&s.program, argv, &result);
	ck_assert_int_eq(result.status, 1);
	ck_assert_msg(strstr(result.err, why) != NULL, "says: %s", result.err);
	server_discard(&s);
}

START_TEST(a_name_that_was_not_passed_stops_the_start)
{
	open_sockets(1, "http");
	fails_to_start(LISTEN("\"systemd:https\""),
		"systemd:https: systemd passed no socket of that name");
	close_sockets();
}
END_TEST

START_TEST(a_socket_that_does_not_listen_stops_the_start)
{
	open_sockets(1, "http");
	close(sockets[0]);
	sockets[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	fails_to_start(LISTEN("\"systemd:http\""),
		"descriptor 3 is no listening stream socket");
	close_sockets();
}
END_TEST

/* ---- every worker takes its share ---------------------------------------- */

#define SHARED                                                                 \
	LISTEN("{\"address\": \"127.0.0.1:$PORT\", \"accept\": \"shared\"}")

static void
open_crowd(struct client crowd[CROWD], bool is_unix)
{
	struct response r;

	for (int i = 0; i < CROWD; i++) {
		if (is_unix)
			open_unix(&crowd[i]);
		else
			client_open(&crowd[i], s.port);
		client_get(&crowd[i], "/hello.txt", &r);
		ck_assert_int_eq(r.status, 200);
		response_free(&r);
	}
}

/* A worker that wakes up accepts what waits, so each must be able to accept
 * all. */
static void
check_takers(bool is_unix)
{
	struct client crowds[2][CROWD];
	pid_t workers[PROC_CHILDREN];

	ck_assert_uint_eq(server_workers(&s, workers), 2);
	for (int i = 0; i < 2; i++) {
		server_halt(&s, workers[1 - i]);
		open_crowd(crowds[i], is_unix);
		ck_assert_int_eq(proc_sockets(workers[i]), s.sockets + CROWD);
		ck_assert_int_eq(kill(workers[1 - i], SIGCONT), 0);
	}
	for (int i = 0; i < 2 * CROWD; i++)
		client_close(&crowds[i / CROWD][i % CROWD]);
}

START_TEST(all_workers_take_from_a_shared_socket)
{
	if (_i == 0) {
		server_serve(&s, SHARED);
	} else {
		open_sockets(1, "http");
		server_start(&s, LISTEN("\"systemd:http\""));
		close_sockets();
	}
	check_takers(false);
	server_stop(&s);
}
END_TEST

START_TEST(all_workers_take_from_a_unix_socket)
{
	server_serve(&s, LISTEN("\"127.0.0.1:$PORT\", \"unix:$DIR/http\""));
	snprintf(unix_path, sizeof(unix_path), "%s/http", s.dir);
	check_takers(true);
	s.temporary = "http";
	server_stop(&s);
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ a_socket_is_found_by_address_or_name, ROWS(one) },
		{ a_name_may_stand_for_several_sockets, 1 },
		{ what_nobody_listens_to_is_told_with_address_and_name, 1 },
		{ connections_wait_over_a_restart, 1 },
		{ an_address_may_go_and_come_back, 1 },
		{ a_name_that_was_not_passed_stops_the_start, 1 },
		{ a_socket_that_does_not_listen_stops_the_start, 1 },
		{ all_workers_take_from_a_shared_socket, 2 },
		{ all_workers_take_from_a_unix_socket, 1 },
	};

	return harness_run("socket_activation", tests, ROWS(tests));
}
