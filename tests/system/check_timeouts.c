/*
 * Clients that are slow or silent are let go, not before their time and not
 * much after it.
 * SPDX-License-Identifier: MIT
 */
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "support/client.h"
#include "support/harness.h"
#include "support/server.h"
#include "support/test_deadline.h"

/*
 * Milliseconds.  Only the timeout that a test is about is short, and nothing
 * that the test itself must do is bound by it; LATE is below the defaults.
 */
enum { TIMEOUT = 300, EARLY = TIMEOUT / 3, LATE = 8000 };

#define SHORT(name) SHORT_AS(name, "300ms")
#define SHORT_AS(name, time)                                                   \
	"{\"workers\": 2, \"listen\": [\"127.0.0.1:$PORT\"],"                  \
	" \"timeouts\": {\"" name "\": \"" time "\","                          \
	" \"drain_delay\": \"0s\"}," SERVER_SITES "}"

static struct server s;
static int64_t started;

static void
start(struct client *c, const char *conf)
{
	server_serve(&s, conf);
	started = deadline_now();
	client_open(c, s.port);
}

static void
assert_in_time(void)
{
	int64_t took = deadline_now() - started;

	ck_assert_msg(took >= EARLY && took <= LATE, "after %d ms", (int)took);
}

/* RFC 9110 15.5.9. */
static void
assert_timed_out(struct client *c)
{
	struct response r;

	client_recv(c, &r);
	assert_in_time();
	ck_assert_int_eq(r.status, 408);
	ck_assert(response_lists(&r, "Connection", "close"));
	response_free(&r);
	ck_assert(client_is_eof(c, LATE));
}

START_TEST(a_head_that_stalls_gets_408)
{
	struct client c;

	start(&c, SHORT("head"));
	client_say(&c, "GET / HTTP/1.1\r\nHo");
	assert_timed_out(&c);
	client_close(&c);
	server_stop(&s);
}
END_TEST

/* Bytes that drip in do not extend the time for the head. */
START_TEST(a_head_that_drips_gets_408)
{
	char text[1024] = "GET / HTTP/1.1\r\nHost: a\r\nX: ";
	struct client c;

	memset(text + strlen(text), 'a', 900);
	start(&c, SHORT("head"));
	ck_assert_uint_lt(client_drip(&c, text, 20), 600);
	assert_timed_out(&c);
	client_close(&c);
	server_stop(&s);
}
END_TEST

START_TEST(the_head_of_a_later_request_has_its_own_time)
{
	struct client c;
	struct response r;

	start(&c, SHORT("head"));
	for (int i = 0; i < 6; i++) {
		client_get(&c, "/hello.txt", &r);
		ck_assert_int_eq(r.status, 200);
		response_free(&r);
		ck_assert(client_is_silent(&c, TIMEOUT / 4));
	}
	started = deadline_now();
	client_say(&c, "GET / HT");
	assert_timed_out(&c);
	client_close(&c);
	server_stop(&s);
}
END_TEST

/* No request waits for an answer: the connection is closed without one. */
START_TEST(a_connection_that_says_nothing_is_closed)
{
	struct client c;

	start(&c, SHORT("idle"));
	ck_assert(client_is_eof(&c, LATE));
	assert_in_time();
	client_close(&c);
	server_stop(&s);
}
END_TEST

START_TEST(an_idle_connection_is_closed)
{
	struct client c;
	struct response r;

	/* Time enough for its request. */
	start(&c, SHORT_AS("idle", "3s"));
	started = deadline_now();
	client_get(&c, "/hello.txt", &r);
	response_free(&r);
	ck_assert(client_is_eof(&c, LATE));
	assert_in_time();
	client_close(&c);
	server_stop(&s);
}
END_TEST

static const char *const stalled[] = {
	"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhell",
	"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5",
};

/* The answer may have come before the body; the end must come all the same. */
START_TEST(a_body_that_stalls_ends_the_connection)
{
	struct client c;
	struct response r;

	start(&c, SHORT("body"));
	client_say(&c, stalled[_i]);
	client_recv(&c, &r);
	ck_assert_msg(r.status == 408 || r.status == 405, "%d", r.status);
	response_free(&r);
	if (!client_is_eof(&c, LATE)) {
		client_recv(&c, &r);
		ck_assert_int_eq(r.status, 408);
		response_free(&r);
		ck_assert(client_is_eof(&c, LATE));
	}
	assert_in_time();
	client_close(&c);
	server_stop(&s);
}
END_TEST

START_TEST(a_reader_that_stalls_is_closed)
{
	size_t size = 16 << 20;
	char *bytes = server_pattern(size);
	struct client c;

	server_serve(&s, SHORT("write"));
	server_file(&s, "www/large.bin", bytes, size);
	client_open_narrow(&c, s.port, 4096);
	started = deadline_now();
	client_say(&c, "GET /large.bin HTTP/1.1\r\nHost: a\r\n\r\n");
	ck_assert(!client_is_silent(&c, DEADLINE));
	/* The worker holds its socket: wait until it is given back. */
	ck_assert(server_is_at_rest(&s, LATE));
	assert_in_time();
	ck_assert_uint_lt(client_discard(&c, size, 1000), size);
	client_close(&c);
	server_stop(&s);
	free(bytes);
}
END_TEST

/* Slow, but above the rate: all of it arrives. */
START_TEST(a_reader_that_goes_on_gets_all_of_it)
{
	enum { PAUSE = 300 }; /* eight of them are longer than the time */
	size_t size = 8 << 20, total = 0, n;
	char *bytes = server_pattern(size);
	struct client c;

	server_serve(&s, SHORT_AS("write", "2s"));
	server_file(&s, "www/large.bin", bytes, size);
	client_open_narrow(&c, s.port, 65536);
	client_say(&c, "GET /large.bin HTTP/1.1\r\nHost: a\r\n\r\n");
	do {
		n = client_discard(&c, 1 << 20, DEADLINE);
		total += n;
		poll(NULL, 0, PAUSE);
	} while (n > 0 && total < size);
	ck_assert_uint_ge(total, size);
	client_close(&c);
	server_stop(&s);
	free(bytes);
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ a_head_that_stalls_gets_408, 1 },
		{ a_head_that_drips_gets_408, 1 },
		{ the_head_of_a_later_request_has_its_own_time, 1 },
		{ a_connection_that_says_nothing_is_closed, 1 },
		{ an_idle_connection_is_closed, 1 },
		{ a_body_that_stalls_ends_the_connection, ROWS(stalled) },
		{ a_reader_that_stalls_is_closed, 1 },
		{ a_reader_that_goes_on_gets_all_of_it, 1 },
	};

	return harness_run("timeouts", tests, ROWS(tests));
}
