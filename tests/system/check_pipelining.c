/*
 * Several requests before the first answer (RFC 9112 9.3.2).
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/client.h"
#include "support/harness.h"
#include "support/server.h"
#include "support/test_deadline.h"

enum { MANY = 100 };

static struct server s;

/* "/0" to "/9" hold their own names. */
static void
start(void)
{
	char name[16], text[16];

	server_init(&s);
	server_text(&s, "www/index.html", "home\n");
	for (int i = 0; i < 10; i++) {
		snprintf(name, sizeof(name), "www/%d", i);
		snprintf(text, sizeof(text), "file %d\n", i);
		server_text(&s, name, text);
	}
	server_start(&s, SERVER_CONF);
}

START_TEST(a_hundred_requests_in_one_write_are_answered_in_order)
{
	char text[MANY * 64] = "", want[16];
	size_t len = 0;
	struct client c;
	struct response r;

	start();
	for (int i = 0; i < MANY; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
			"GET /%d HTTP/1.1\r\nHost: a\r\n\r\n", i * 7 % 10);
	client_open(&c, s.port);
	client_say(&c, text);
	for (int i = 0; i < MANY; i++) {
		client_recv(&c, &r);
		snprintf(want, sizeof(want), "file %d\n", i * 7 % 10);
		ck_assert_int_eq(r.status, 200);
		ck_assert_str_eq(r.body, want);
		response_free(&r);
	}
	ck_assert(client_is_silent(&c, 20));
	client_close(&c);
	server_stop(&s);
}
END_TEST

static const struct {
	const char *head;
	int status;
	const char *body;
} mix[] = {
	{ "GET /1", 200, "file 1\n" },
	{ "HEAD /2", 200, "" },
	{ "GET /nothing", 404, NULL },
	{ "GET /3\nIf-None-Match: *", 304, "" },
	{ "GET /4\nRange: bytes=5-5", 206, "4" },
	{ "HEAD /nothing", 404, "" },
	{ "GET /5\nRange: bytes=99-", 416, NULL },
	{ "POST /6\nContent-Length: 5\n\nGET /", 405, NULL },
	{ "GET /7", 200, "file 7\n" },
	{ "POST /8\nTransfer-Encoding: chunked\n\n3\nGET\n0\n\n", 405, NULL },
	{ "GET /large.bin", 200, NULL },
	{ "GET /9", 200, "file 9\n" },
};

/* Adds a request: "\n" becomes CR LF, the version and Host are put in. */
static void
add_request(FILE *f, const char *head)
{
	size_t line = strcspn(head, "\n");
	bool has_body = strstr(head, "\n\n") != NULL;

	fprintf(f, "%.*s HTTP/1.1\r\nHost: a", (int)line, head);
	for (const char *p = head + line; *p != '\0'; p++)
		if (*p == '\n')
			fputs("\r\n", f);
		else
			fputc(*p, f);
	fputs(has_body ? "" : "\r\n\r\n", f);
}

static void
recv_mix(struct client *c)
{
	struct response r;

	for (size_t i = 0; i < ROWS(mix); i++) {
		if (mix[i].head[0] == 'H')
			client_recv_head(c, &r);
		else
			client_recv(c, &r);
		ck_assert_msg(r.status == mix[i].status, "%s: %d", mix[i].head,
			r.status);
		if (mix[i].body != NULL)
			ck_assert_str_eq(r.body, mix[i].body);
		response_free(&r);
	}
}

START_TEST(a_mix_of_requests_is_answered_in_order)
{
	char *text, *bytes = server_pattern(300 * 1024);
	size_t len;
	FILE *f = open_memstream(&text, &len);
	struct client c;

	start();
	server_file(&s, "www/large.bin", bytes, 300 * 1024);
	for (int turn = 0; turn < 5; turn++)
		for (size_t i = 0; i < ROWS(mix); i++)
			add_request(f, mix[i].head);
	fclose(f);
	client_open(&c, s.port);
	client_send(&c, text, len);
	for (int turn = 0; turn < 5; turn++)
		recv_mix(&c);
	client_close(&c);
	free(text);
	free(bytes);
	server_stop(&s);
}
END_TEST

/* All but the line with the date, which may change between two answers. */
static void
blank_date(struct response *r)
{
	char *date = strstr(r->head, "Date: ");

	if (date != NULL)
		memset(date, 'x', strcspn(date, "\r"));
}

static const char *const whole[] = {
	"GET /1?a=b HTTP/1.1\r\nHost: example.com\r\nAccept: */*\r\n"
	"If-None-Match: \"a\"\r\nRange: bytes=1-3\r\n\r\n",
	"POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
	"POST /1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
	"3;x=\"y\"\r\nabc\r\n0\r\nT: v\r\n\r\n",
};

/* The answer must not come before the last byte of the head is there, and
 * must not depend on where the bytes were cut. */
START_TEST(a_request_cut_anywhere_gets_the_same_answer)
{
	size_t len = strlen(whole[_i]);
	struct response first, r;
	struct client c;

	start();
	client_ask(s.port, whole[_i], &first);
	blank_date(&first);
	client_open(&c, s.port);
	for (size_t cut = 1; cut < len; cut++) {
		client_send(&c, whole[_i], cut);
		client_is_silent(&c, 1);
		client_send(&c, whole[_i] + cut, len - cut);
		client_recv(&c, &r);
		blank_date(&r);
		ck_assert_msg(strcmp(r.head, first.head) == 0,
			"cut at %zu:\n%s\ninstead of\n%s", cut, r.head,
			first.head);
		ck_assert_str_eq(r.body, first.body);
		response_free(&r);
	}
	client_close(&c);
	response_free(&first);
	server_stop(&s);
}
END_TEST

START_TEST(an_empty_line_before_a_request_is_ignored)
{
	struct client c;
	struct response r;

	start();
	client_open(&c, s.port);
	client_say(&c, "\r\nGET /1 HTTP/1.1\r\nHost: a\r\n\r\n"
		       "\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
	client_recv(&c, &r);
	ck_assert_str_eq(r.body, "file 1\n");
	response_free(&r);
	client_recv(&c, &r);
	ck_assert_str_eq(r.body, "file 2\n");
	response_free(&r);
	client_close(&c);
	server_stop(&s);
}
END_TEST

START_TEST(nothing_is_answered_after_the_request_that_closes)
{
	struct client c;
	struct response r;

	start();
	client_open(&c, s.port);
	client_say(&c, "GET /1 HTTP/1.1\r\nHost: a\r\n\r\n"
		       "GET /2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
		       "GET /3 HTTP/1.1\r\nHost: a\r\n\r\n");
	client_recv(&c, &r);
	response_free(&r);
	client_recv(&c, &r);
	ck_assert_str_eq(r.body, "file 2\n");
	response_free(&r);
	ck_assert(client_is_eof(&c, DEADLINE));
	client_close(&c);
	server_stop(&s);
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ a_hundred_requests_in_one_write_are_answered_in_order, 1 },
		{ a_mix_of_requests_is_answered_in_order, 1 },
		{ a_request_cut_anywhere_gets_the_same_answer, ROWS(whole) },
		{ an_empty_line_before_a_request_is_ignored, 1 },
		{ nothing_is_answered_after_the_request_that_closes, 1 },
	};

	return harness_run("pipelining", tests, ROWS(tests));
}
