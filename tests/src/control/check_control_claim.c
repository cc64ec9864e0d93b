/*
 * The control socket while the server starts: its workers answer before the
 * master has committed, and a client must not be told that no server runs.
 * SPDX-License-Identifier: MIT
 */
#include "control/control.h"
#include "control/control_request.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/error_text.h"
#include "support/harness.h"

static struct control control;
static struct sockaddr_un place;
static char dir[32];

static void
answer_and_stop(void *arg, struct control_client *c,
	const struct control_request *request)
{
	ck_assert_str_eq(request->command, "ps");
	control_answer(c, json_pack("{s:b}", "ok", 1));
	ev_break(arg, EVBREAK_ALL);
}

static void
set_up(void)
{
	struct ev_loop *loop = ev_loop_new(EVFLAG_NOENV);

	ck_assert_ptr_nonnull(loop);
	strcpy(dir, "/tmp/prong-test-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	place.sun_family = AF_UNIX;
	snprintf(place.sun_path, sizeof(place.sun_path), "%s/control", dir);
	control_init(&control, loop, answer_and_stop, loop);
}

static void
tear_down(void)
{
	control_close(&control);
	ev_loop_destroy(control.loop);
	unlink(place.sun_path);
	ck_assert_int_eq(rmdir(dir), 0);
}

static int
send_request(void)
{
	static const char request[] = "{\"command\":\"ps\"}\n";
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_eq(
		connect(fd, (struct sockaddr *)&place, sizeof(place)), 0);
	ck_assert_int_eq(send(fd, request, strlen(request), MSG_NOSIGNAL),
		strlen(request));
	return fd;
}

START_TEST(a_client_that_comes_before_the_commit_is_answered_after_it)
{
	struct error_text why;
	char line[64];
	ssize_t n;
	int fd;

	set_up();
	ck_assert_int_eq(control_claim(&control, place.sun_path, &why), 0);
	fd = send_request();
	ev_run(control.loop, EVRUN_NOWAIT);
	ck_assert_int_eq(recv(fd, line, sizeof(line), MSG_DONTWAIT), -1);

	ck_assert_int_eq(control_replace(&control, &why), 0);
	ev_run(control.loop, 0);
	ev_run(control.loop, EVRUN_NOWAIT);
	n = recv(fd, line, sizeof(line), MSG_DONTWAIT);
	ck_assert_int_eq(n, strlen("{\"ok\":true}\n"));
	ck_assert_int_eq(memcmp(line, "{\"ok\":true}\n", (size_t)n), 0);
	close(fd);
	tear_down();
}
END_TEST

START_TEST(a_client_of_a_server_that_does_not_start_reads_the_end)
{
	struct error_text why;
	char byte;
	int fd;

	set_up();
	ck_assert_int_eq(control_claim(&control, place.sun_path, &why), 0);
	fd = send_request();
	control_cancel(&control);
	ck_assert_int_le(recv(fd, &byte, 1, MSG_DONTWAIT), 0);
	ck_assert_int_ne(errno, EAGAIN);
	close(fd);
	tear_down();
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ a_client_that_comes_before_the_commit_is_answered_after_it,
			1 },
		{ a_client_of_a_server_that_does_not_start_reads_the_end, 1 },
	};

	return harness_run(
		"control_claim", tests, sizeof(tests) / sizeof(tests[0]));
}
