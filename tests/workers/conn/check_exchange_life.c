/*
 * The life of an exchange under a protocol that is not HTTP/1: one request
 * each, heads apart from the content, as a stream of HTTP/2 has them.
 * SPDX-License-Identifier: MIT
 */
#include "conn/exchange_life.h"

#include <stdlib.h>

#include "file/file.h"
#include "http/field_rows.h"
#include "support/fake_worker.h"
#include "support/fake_worker_head.h"
#include "support/harness.h"

enum { ROOM = 4 };

static const struct sockaddr peer = { .sa_family = AF_UNIX };

static struct fake_worker fake;
static struct exchange *x;

/* What the protocol was called for. */
static struct {
	int status, interim;
	int64_t length;
	char etag[64];
	int ends, resumes;
} seen;

static void
send_head(struct exchange *of, const struct response_head *h)
{
	ck_assert_ptr_eq(of, x);
	seen.status = h->status;
	seen.length = h->length;
}

static bool
send_file_head(struct exchange *of, struct file *f)
{
	const struct field_rows *rows = file_rows(f);

	seen.status = of->status;
	seen.length = f->size;
	for (size_t i = 0; i < rows->count; i++)
		if (span_is(rows->all[i].name, SPAN("etag")))
			memcpy(seen.etag, rows->all[i].value.at,
				rows->all[i].value.len);
	return false;
}

static void
send_interim(struct exchange *of, int status, struct span fields)
{
	(void)of, (void)fields;
	seen.interim = status;
}

static bool
is_never_last(const struct exchange *of)
{
	(void)of;
	return false;
}

static void
on_end(struct exchange *of)
{
	ck_assert_int_eq(of->phase, EXCHANGE_LAST);
	seen.ends++;
}

static void
resume(struct exchange *of)
{
	(void)of;
	seen.resumes++;
}

static const struct exchange_protocol stream_protocol = {
	.switch_status = 200,
	.is_single = true,
	.send_head = send_head,
	.send_file_head = send_file_head,
	.send_interim = send_interim,
	.is_last = is_never_last,
	.on_end = on_end,
	.resume = resume,
	.doing = exchange_doing,
};

static void
set_up(const char *head)
{
	memset(&seen, 0, sizeof(seen));
	fake_worker_open(&fake);
	fake_worker_write(&fake, "a", "hello\n", 6);
	fake_worker_add_route(&fake, "/");
	fake_worker_start(&fake);
	x = exchange_new(
		&fake.worker, &stream_protocol, output_new(ROOM), &peer);
	ck_assert_int_eq(
		fake_worker_verdict(&x->request, head, strlen(head), &x->arena),
		0);
}

static void
tear_down(void)
{
	struct output *o = x->output;

	exchange_free(x);
	free(o);
	fake_worker_close(&fake);
}

static void
assert_output(const char *expected)
{
	size_t len = strlen(expected);

	ck_assert_uint_eq(x->output->queued, len);
	ck_assert_uint_eq(x->output->count, 1);
	ck_assert_mem_eq(x->output->runs[0].iov_base, expected, len);
}

START_TEST(a_file_is_answered_with_rows_and_its_content)
{
	set_up("GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
	exchange_begin(x, false);
	ck_assert_int_eq(seen.status, 200);
	ck_assert_int_eq(seen.length, 6);
	ck_assert_str_eq(seen.etag, "\"99fc819aaba2462a\"");
	ck_assert_int_eq(seen.ends, 1);
	assert_output("hello\n");
	output_drop(x->output);
	exchange_end_output(x);
	ck_assert_uint_eq(x->output->queued, 0);
	tear_down();
}
END_TEST

START_TEST(a_refusal_is_its_only_response)
{
	set_up("GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
	exchange_refuse(x, 400);
	ck_assert_int_eq(seen.status, 400);
	ck_assert_int_eq(seen.length, (int64_t)x->output->queued);
	ck_assert_int_eq(seen.ends, 1);
	tear_down();
}
END_TEST

START_TEST(content_that_is_not_wanted_is_read_before_the_response)
{
	set_up("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n");
	body_start_framed(&x->body, 5);
	exchange_begin(x, true);
	ck_assert_int_eq(x->phase, EXCHANGE_BODY);
	ck_assert_int_eq(body_take_framed(&x->body, 5), 0);
	exchange_take_content(x, SPAN("hello"));
	exchange_end_content(x);
	ck_assert_int_eq(seen.ends, 0);
	ck_assert_int_eq(body_end_framed(&x->body), 0);
	exchange_end_content(x);
	ck_assert_int_eq(seen.status, 405);
	ck_assert_int_eq(seen.ends, 1);
	tear_down();
}
END_TEST

START_TEST(malformed_content_is_refused)
{
	set_up("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n");
	body_start_framed(&x->body, 5);
	exchange_begin(x, true);
	ck_assert_int_eq(body_take_framed(&x->body, 6), 400);
	exchange_spoil(x, 400);
	ck_assert_int_eq(seen.status, 400);
	ck_assert_int_eq(seen.ends, 1);
	tear_down();
}
END_TEST

START_TEST(content_that_does_not_come_is_answered_with_408)
{
	set_up("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n");
	body_start_framed(&x->body, 5);
	exchange_begin(x, false);
	ck_assert_int_eq(exchange_end_body(x), EXCHANGE_DUE_ANSWER);
	ck_assert_int_eq(seen.status, 408);
	ck_assert_int_eq(x->phase, EXCHANGE_LAST);
	tear_down();
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ a_file_is_answered_with_rows_and_its_content, 0 },
		{ a_refusal_is_its_only_response, 0 },
		{ content_that_is_not_wanted_is_read_before_the_response, 0 },
		{ malformed_content_is_refused, 0 },
		{ content_that_does_not_come_is_answered_with_408, 0 },
	};

	return harness_run("exchange_life", tests, ROWS(tests));
}
