/*
 * What streams and WebSockets that say nothing are sent, and when they are
 * given up.  The module is the system tests' one.
 * SPDX-License-Identifier: MIT
 */
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api/context.h"
#include "support/fake_worker.h"
#include "support/harness.h"
#include "support/paths.h"

#define EVENTS "GET /live/events HTTP/1.1\r\nHost: a\r\n\r\n"
#define WEBSOCKET                                                              \
	"GET /live/ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n"           \
	"Connection: upgrade\r\nSec-WebSocket-Version: 13\r\n"                 \
	"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
#define KEY        "\0\0\0\0"
#define ACCEPTED   "X-Way: at once\r\n\r\n"
#define CLOSE_1000 "\x81\x8a" KEY "close 1000"

/* Each of them at least a millisecond where there is nothing to read. */
enum { TURNS = 10000 };

static struct fake_worker b;
static int turns; /* left */

static void
open_bench(void)
{
	struct conf_route *r;

	fake_worker_open(&b);
	r = fake_worker_add_route(&b, "/live/");
	r->kind = CONF_ROUTE_MODULE;
	r->module.name = MODULES "/live.so";
	r->module.config.text = "{}";
	fake_worker_start(&b);
	turns = TURNS;
}

static void
set_wait(enum keepalive_wait wait, int64_t ms)
{
	deadline_class_set(&b.worker.contexts->keepalive.waits[wait], ms);
}

/* A turn of the loop, in which a millisecond passes. */
static void
turn(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	if (turns-- == 0)
		ck_abort_msg("it did not come");
	b.worker.now_ms++;
	fake_worker_turn(&b);
	poll(&p, 1, 1);
}

/* Turns until these bytes are the last that came. */
static void
hear(int fd, const char *bytes, size_t len)
{
	char got[4096] = "";
	size_t used = 0;
	ssize_t n;

	while (used < len || memcmp(got + used - len, bytes, len) != 0) {
		turn(fd);
		n = recv(fd, got + used, sizeof(got) - used, 0);
		ck_assert_int_ne(n, 0);
		used += n > 0 ? (size_t)n : 0;
	}
}

#define HEAR(fd, bytes) hear(fd, bytes, sizeof(bytes) - 1)
#define SAY(fd, bytes)                                                         \
	ck_assert_int_eq(                                                      \
		send(fd, bytes, sizeof(bytes) - 1, 0), sizeof(bytes) - 1)

static void
hear_end(int fd)
{
	char got[4096];

	while (recv(fd, got, sizeof(got), 0) != 0)
		turn(fd);
	close(fd);
	while (b.worker.conns.count > 0)
		turn(-1);
	fake_worker_close(&b);
}

START_TEST(comments_keep_a_silent_event_stream_alive)
{
	int fd;

	open_bench();
	fd = fake_worker_connect(&b, 0);
	SAY(fd, EVENTS);
	HEAR(fd, "data: \n\n\r\n");
	set_wait(KEEPALIVE_COMMENT, 5);
	HEAR(fd, "3\r\n:\n\n\r\n3\r\n:\n\n\r\n");
	shutdown(fd, SHUT_WR);
	hear_end(fd);
}
END_TEST

START_TEST(a_silent_websocket_is_pinged_then_closed)
{
	int fd;

	open_bench();
	fd = fake_worker_connect(&b, 0);
	SAY(fd, WEBSOCKET);
	HEAR(fd, ACCEPTED);
	set_wait(KEEPALIVE_PING, 1);
	set_wait(KEEPALIVE_PONG, 100);
	for (int i = 0; i < 3; i++) {
		HEAR(fd, "\x89\0");
		SAY(fd, "\x8a\x80" KEY);
	}
	HEAR(fd, "\x89\0");
	hear_end(fd);
}
END_TEST

START_TEST(a_missing_close_frame_times_out)
{
	int fd;

	open_bench();
	fd = fake_worker_connect(&b, 0);
	SAY(fd, WEBSOCKET);
	HEAR(fd, ACCEPTED);
	SAY(fd, CLOSE_1000);
	HEAR(fd, "\x88\x0c\x03\xe8"
		 "as you say");
	set_wait(KEEPALIVE_CLOSE, 5);
	hear_end(fd);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ comments_keep_a_silent_event_stream_alive, 0 },
		{ a_silent_websocket_is_pinged_then_closed, 0 },
		{ a_missing_close_frame_times_out, 0 },
	};

	return harness_run("keepalive", tests, ROWS(tests));
}
