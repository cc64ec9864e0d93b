/*
 * epoll_ctl(2) fails: ENOSPC when fs.epoll.max_user_watches, which all
 * processes of a user share, is used up; ENOMEM.
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "support/client.h"
#include "support/harness.h"
#include "support/server.h"
#include "support/test_deadline.h"

#define CONF(accept)                                                           \
	"{\"workers\": 1, \"control\": \"$DIR/control\","                      \
	" \"listen\": [{\"address\": \"127.0.0.1:$PORT\", \"accept\": "        \
	"\"" accept "\"}]," SERVER_TIMEOUTS "," SERVER_SITES "}"

static struct server s;
static char refusal[96];

/* "": epoll takes all again. */
static void
refuse(const char *kind, int error)
{
	char text[64], next[128];
	int fd;

	if (*kind == '\0') {
		unlink(refusal);
		return;
	}
	snprintf(next, sizeof(next), "%s.next", refusal);
	fd = open(next, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	ck_assert_int_ne(fd, -1);
	ck_assert_int_gt(write(fd, text,
				 (size_t)snprintf(text, sizeof(text), "%s %d\n",
					 kind, error)),
		0);
	close(fd);
	ck_assert_int_eq(rename(next, refusal), 0);
}

static void
set_up(void)
{
	server_init(&s);
	server_text(&s, "www/index.html", "home\n");
	server_text(&s, "www/hello.txt", "hello\n");
	snprintf(refusal, sizeof(refusal), "%s/refusal", s.dir);
	setenv("REFUSE_EPOLL", refusal, 1);
	setenv("LD_PRELOAD", PRELOAD, 1);
}

static void
ask(int status)
{
	struct client c;
	struct response r;

	client_open(&c, s.port);
	client_get(&c, "/hello.txt", &r);
	ck_assert_int_eq(r.status, status);
	response_free(&r);
	client_close(&c);
}

static const int errors[] = { ENOSPC, ENOMEM };

/* The request is there before the worker accepts the connection: it is read
 * at once, and epoll is asked only afterwards. */
static void
ask_refused(pid_t worker)
{
	struct client c;
	struct response r;

	server_halt(&s, worker);
	client_open(&c, s.port);
	client_say(&c, "GET /hello.txt HTTP/1.1\r\nHost: test\r\n\r\n");
	ck_assert_int_eq(kill(worker, SIGCONT), 0);
	client_recv(&c, &r);
	ck_assert_int_eq(r.status, 200);
	response_free(&r);
	ck_assert(client_is_eof(&c, DEADLINE));
	client_close(&c);
}

START_TEST(a_refused_connection_is_closed_and_no_other)
{
	pid_t workers[PROC_CHILDREN];
	struct client kept;
	struct response r;

	set_up();
	server_start(&s, CONF("worker"));
	ck_assert_uint_eq(server_workers(&s, workers), 1);
	client_open(&kept, s.port);
	/* Only a second response shows that epoll has the connection. */
	for (int i = 0; i < 2; i++) {
		client_get(&kept, "/hello.txt", &r);
		ck_assert_int_eq(r.status, 200);
		response_free(&r);
	}
	refuse("connections", errors[_i]);
	for (int i = 0; i < 3; i++)
		ask_refused(workers[0]);
	client_get(&kept, "/hello.txt", &r);
	ck_assert_int_eq(r.status, 200);
	response_free(&r);
	client_close(&kept);
	refuse("", 0);
	ask(200);
	ck_assert(server_log_has(&s, "max_user_watches", DEADLINE));
	ck_assert(!server_log_has(&s, ") died of ", 0));
	server_stop(&s);
}
END_TEST

static const char *const accepts[] = { CONF("worker"), CONF("shared") };

/* Its replacement inherits the sockets, which epoll does not take at first. */
START_TEST(a_refused_socket_is_accepted_from_later)
{
	pid_t workers[PROC_CHILDREN];

	set_up();
	s.tolerated = ") died of signal 9";
	server_start(&s, accepts[_i]);
	refuse("listeners", ENOSPC);
	ck_assert_uint_eq(server_workers(&s, workers), 1);
	ck_assert_int_eq(kill(workers[0], SIGKILL), 0);
	ck_assert(server_has_new_workers(&s, 1, workers, 1, DEADLINE));
	ck_assert(server_log_has(
		&s, "epoll does not take the socket of", DEADLINE));
	refuse("", 0);
	ask(200);
	server_stop(&s);
}
END_TEST

/* All that a worker watches is refused to its replacement for a while.  The
 * master watches all that it needs when it has answered a command. */
START_TEST(a_worker_outlives_a_refusal_of_everything)
{
	const char *const words[] = { "prong", "ps", "-c", s.file, NULL };
	struct program_result got;
	pid_t workers[PROC_CHILDREN];

	set_up();
	s.tolerated = ") died of signal 9";
	server_start(&s, CONF("worker"));
	program_run(&s.program, words, &got);
	ck_assert_int_eq(got.status, 0);
	refuse("all", ENOMEM);
	ck_assert_uint_eq(server_workers(&s, workers), 1);
	ck_assert_int_eq(kill(workers[0], SIGKILL), 0);
	ck_assert(server_log_has(&s, "epoll refused the channel of", DEADLINE));
	ck_assert(server_has_new_workers(&s, 1, workers, 1, DEADLINE));
	refuse("", 0);
	ask(200);
	ck_assert_uint_eq(server_workers(&s, workers), 1);
	server_stop(&s);
}
END_TEST

START_TEST(a_master_that_could_hear_nothing_does_not_start)
{
	const char *const words[] = { "prong", "-c", s.file, NULL };
	struct program_result got;

	set_up();
	server_configure(&s, CONF("worker"));
	refuse("all", ENOSPC);
	program_run(&s.program, words, &got);
	ck_assert_int_eq(got.status, 1);
	ck_assert_msg(strstr(got.err, "fs.epoll.max_user_watches") != NULL,
		"%s", got.err);
	ck_assert_ptr_nonnull(strstr(got.err, "No space left on device"));
	server_discard(&s);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ a_refused_connection_is_closed_and_no_other, ROWS(errors) },
		{ a_refused_socket_is_accepted_from_later, ROWS(accepts) },
		{ a_worker_outlives_a_refusal_of_everything, 0 },
		{ a_master_that_could_hear_nothing_does_not_start, 0 },
	};

	return harness_run("epoll_refusal", tests, ROWS(tests));
}
