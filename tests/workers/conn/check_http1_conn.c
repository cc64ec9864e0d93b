/*
 * Requests with content over a socketpair: what is answered, and when.
 * SPDX-License-Identifier: MIT
 */
#include "conn/http1_conn.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "conn/conn.h"
#include "support/fake_worker.h"
#include "support/harness.h"

#define POST  "POST /a HTTP/1.1\r\nHost: a\r\n"
#define GET   "GET /a HTTP/1.1\r\nHost: a\r\n\r\n"
#define CLOSE "Connection: close\r\n"

// clang-format off
static const struct {
	const char *bytes;
	const char *statuses; /* of the answers, in order */
	bool ends; /* the last one says close, and nothing follows */
	/* When its content came too late for another answer. */
	const char *late;
} rows[] = {
	{ GET, "200", false, NULL },
	{ GET GET GET, "200 200 200", false, NULL },
	{ "\r\n\r\n" GET "\r\n" GET, "200 200", false, NULL },
	{ "\r\n\r\n\r\n\r\n\r\n\r\n" GET, "400", true, NULL },
	{ POST "Content-Length: 5\r\n\r\nhello" GET, "405 200", false, NULL },
	{ POST "Content-Length: 0\r\n\r\n" GET, "405 200", false, NULL },
	{ POST "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n" GET,
	  "405 200", false, NULL },
	{ POST "Transfer-Encoding: chunked\r\n\r\n0\r\nX: y\r\n\r\n" GET,
	  "405 200", false, NULL },
	/* What is smuggled in a body is content. */
	{ POST "Content-Length: 30\r\n\r\n" GET "\r\n" GET, "405 200", false, NULL },
	/* Nothing behind a mistake is a request. */
	{ POST "Transfer-Encoding: chunked\r\n\r\nx\r\n" GET, "400", true,
	  "405" },
	{ POST "Content-Length: x\r\n\r\n" GET, "400", true, NULL },
	{ GET "GET /a HTTP/1.1\nHost: a\r\n\r\n" GET, "200 400", true, NULL },
	{ "GET /a HTTP/1.1\r\nHost: a\r\n" CLOSE "\r\n" GET, "200", true, NULL },
	{ "GET /a HTTP/1.0\r\n\r\n" GET, "200", true, NULL },
	/* Too much to read in vain: 65537 bytes. */
	{ POST "Content-Length: 65537\r\n\r\nhello", "405", true, NULL },
	/* Its content may come or not. */
	{ POST "Content-Length: 5\r\nExpect: 100-continue\r\n\r\n", "405",
	  true, NULL },
};
// clang-format on

static struct fake_worker fake;
static char got[64 * 1024];
static size_t ngot;
static bool is_at_end;

static void
forget(void)
{
	ngot = 0;
	is_at_end = false;
}

static void
set_up(void)
{
	fake_worker_open(&fake);
	fake_worker_write(&fake, "a", "hello\n", 6);
	fake_worker_add_route(&fake, "/");
	fake_worker_start(&fake);
	forget();
}

static void
turn(int fd)
{
	ssize_t n;

	fake_worker_turn(&fake);
	while ((n = recv(fd, got + ngot, sizeof(got) - 1 - ngot, 0)) > 0)
		ngot += (size_t)n;
	is_at_end = n == 0;
	got[ngot] = '\0';
}

/* "200 405": of all that was got. */
static const char *
statuses(void)
{
	static char text[256];
	size_t len = 0;

	text[0] = '\0';
	for (const char *p = got; (p = strstr(p, "HTTP/1.1 ")) != NULL;) {
		p += strlen("HTTP/1.1 ");
		ck_assert_uint_lt(len + 5, sizeof(text));
		if (len > 0)
			text[len++] = ' ';
		memcpy(text + len, p, 3);
		text[len += 3] = '\0';
	}
	return text;
}

static void
assert_pieces(int i, size_t cut)
{
	const char *found = statuses(), *late = rows[i].late;

	ck_assert_msg(strcmp(found, rows[i].statuses) == 0 ||
			      (late != NULL && strcmp(found, late) == 0),
		"row %d cut at %zu: %s", i, cut, found);
	ck_assert_int_eq(is_at_end, rows[i].ends);
}

static void
assert_row(int i)
{
	ck_assert_str_eq(statuses(), rows[i].statuses);
	ck_assert_int_eq(is_at_end, rows[i].ends);
	ck_assert_int_eq(strstr(got, "\r\n" CLOSE) != NULL, rows[i].ends);
}

START_TEST(requests_in_one_piece_are_answered)
{
	const char *bytes = rows[_i].bytes;
	int fd;

	set_up();
	fd = fake_worker_connect(&fake, 0);
	ck_assert_int_eq(send(fd, bytes, strlen(bytes), 0), strlen(bytes));
	turn(fd);
	turn(fd);
	assert_row(_i);
	close(fd);
	fake_worker_close(&fake);
}
END_TEST

START_TEST(requests_in_two_pieces_get_the_same_answers)
{
	const char *bytes = rows[_i].bytes;
	size_t len = strlen(bytes);

	set_up();
	for (size_t first = 1; first < len; first++) {
		int fd = fake_worker_connect(&fake, 0);

		forget();
		ck_assert_int_eq(send(fd, bytes, first, 0), first);
		turn(fd);
		send(fd, bytes + first, len - first, MSG_NOSIGNAL);
		turn(fd);
		turn(fd);
		assert_pieces(_i, first);
		close(fd);
		fake_worker_turn(&fake);
	}
	fake_worker_close(&fake);
}
END_TEST

START_TEST(requests_byte_by_byte_get_the_same_answers)
{
	const char *bytes = rows[_i].bytes;
	int fd;

	set_up();
	fd = fake_worker_connect(&fake, 0);
	for (const char *p = bytes; *p != '\0' && !is_at_end; p++) {
		ck_assert_int_eq(send(fd, p, 1, MSG_NOSIGNAL), 1);
		turn(fd);
	}
	turn(fd);
	assert_pieces(_i, 0);
	close(fd);
	fake_worker_close(&fake);
}
END_TEST

START_TEST(a_batch_is_no_larger_than_the_limit_and_none_is_lost)
{
	enum { REQUESTS = 200 };
	int fd;

	set_up();
	fd = fake_worker_connect(&fake, 0);
	for (int i = 0; i < REQUESTS; i++)
		ck_assert_int_eq(send(fd, GET, strlen(GET), 0), strlen(GET));
	for (int i = 0; i < 4; i++)
		turn(fd);
	ck_assert_uint_eq(fake.slot.requests, REQUESTS);
	ck_assert_uint_eq(fake.slot.bytes_sent, ngot);
	close(fd);
	fake_worker_close(&fake);
}
END_TEST

/* From start to last, at least len bytes of field lines between them. */
static char *
long_head(const char *start, const char *last, size_t len)
{
	char *head = calloc(1, len + 512), *to;

	ck_assert_ptr_nonnull(head);
	to = stpcpy(head, start);
	while ((size_t)(to - head) < len)
		to += sprintf(to, "If-None-Match: \"%0100d\"\r\n", 7);
	strcpy(to, last);
	return head;
}

static void
say(int fd, const char *bytes, size_t len)
{
	ck_assert_int_eq(send(fd, bytes, len, MSG_NOSIGNAL), len);
	turn(fd);
}

/* Every turn of the loop ends with a body that is still to come. */
START_TEST(a_body_that_drips_under_a_long_head_takes_no_more_memory)
{
	enum { HEAD = 10000, BODY = 300 };
	char *head = long_head(POST, "Content-Length: 300\r\n\r\n", HEAD);
	int fd;

	set_up();
	fd = fake_worker_connect(&fake, 0);
	say(fd, head, strlen(head));
	for (int i = 0; i < BODY; i++)
		say(fd, "x", 1);
	say(fd, GET, strlen(GET));
	ck_assert_str_eq(statuses(), "405 200");
	free(head);
	close(fd);
	fake_worker_close(&fake);
}
END_TEST

START_TEST(bodies_that_no_turn_ends_with_take_no_more_memory)
{
	enum { HEAD = 10000, REQUESTS = 300 };
	char *head = long_head("y" POST, "Content-Length: 2\r\n\r\nx", HEAD);
	int fd;

	set_up();
	fd = fake_worker_connect(&fake, 0);
	say(fd, head + 1, strlen(head + 1));
	for (int i = 0; i < REQUESTS; i++) {
		ngot = 0;
		say(fd, head, strlen(head));
		ck_assert_str_eq(statuses(), "405");
	}
	ck_assert_uint_eq(fake.slot.requests, REQUESTS + 1);
	free(head);
	close(fd);
	fake_worker_close(&fake);
}
END_TEST

/* Lists of many lines want memory, and so does every page that follows. */
START_TEST(a_batch_of_long_heads_is_answered_in_parts)
{
	enum { HEAD = 9500, LONG = 5, SHORT = 40 };
	char *head = long_head("GET /a HTTP/1.1\r\nHost: a\r\n", "\r\n", HEAD);
	char *batch = calloc(LONG + 1, strlen(head) + 512), *to = batch;
	int fd;

	for (int i = 0; i < LONG; i++)
		to = stpcpy(to, head);
	for (int i = 0; i < SHORT; i++)
		to = stpcpy(to, "GET /b HTTP/1.1\r\nHost: a\r\n\r\n");
	set_up();
	fd = fake_worker_connect(&fake, 0);
	say(fd, batch, strlen(batch));
	ck_assert_uint_eq(fake.slot.requests, LONG + SHORT);
	free(head);
	free(batch);
	close(fd);
	fake_worker_close(&fake);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ requests_in_one_piece_are_answered, ROWS(rows) },
		{ requests_in_two_pieces_get_the_same_answers, ROWS(rows) },
		{ requests_byte_by_byte_get_the_same_answers, ROWS(rows) },
		{ a_batch_is_no_larger_than_the_limit_and_none_is_lost, 0 },
		{ a_body_that_drips_under_a_long_head_takes_no_more_memory, 0 },
		{ bodies_that_no_turn_ends_with_take_no_more_memory, 0 },
		{ a_batch_of_long_heads_is_answered_in_parts, 0 },
	};

	return harness_run("http1_conn", tests, ROWS(tests));
}
