/*
 * Streams that are compressed: clients decode all that was written so far.
 * SPDX-License-Identifier: MIT
 */
#include "api/stream_coding.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api/context.h"
#include "api/instance.h"
#include "conn/exchange.h"
#include "file/compress.h"
#include "support/coded_client.h"
#include "support/harness.h"

enum { LARGE = CODED_CLIENT_TEXT, PAUSE = 3 };

#define GZIP "Accept-Encoding: gzip\r\n"

static struct fake_worker_mount m;
static const char *large; /* LARGE bytes of text */
static struct prong_context *kept;

static void
continue_stream(struct prong_context *ctx, void *data)
{
	size_t *written = data;

	if (*written == LARGE) {
		prong_finish(ctx);
		return;
	}
	prong_write(ctx, large + *written, LARGE / 8);
	*written += LARGE / 8;
}

static void
stream(struct prong_context *ctx)
{
	size_t *written = prong_alloc(ctx, sizeof(*written));

	*written = 0;
	prong_stream(ctx, 200, "text/plain");
	prong_on_drain(ctx, continue_stream, written);
	continue_stream(ctx, written);
}

static void
write_once(struct prong_context *ctx)
{
	prong_stream(ctx, 200, "text/plain");
	prong_write(ctx, large, 300);
	prong_write(ctx, large + 300, 10);
	prong_finish(ctx);
	if (strcmp(prong_method(ctx), "HEAD") != 0)
		ck_assert_int_eq(prong_write(ctx, "x", 1), -1);
}

static void
send_event(struct prong_context *ctx)
{
	kept = ctx;
	prong_sse(ctx);
	prong_sse_send(ctx, NULL, NULL, "first");
}

/* The test writes the content. */
static void
begin(struct prong_context *ctx)
{
	kept = ctx;
	prong_stream(ctx, 200, "text/plain");
}

static const struct prong_route routes[] = {
	PRONG_ROUTE("GET", "/begin", begin),
	PRONG_ROUTE("GET", "/stream", stream),
	PRONG_ROUTE("GET", "/once", write_once),
	PRONG_ROUTE("GET", "/sse", send_event),
	PRONG_ROUTES_END,
};

static int
start_instance(struct prong_instance *i)
{
	i->codings = compress_codings();
	return fake_worker_mount_keep(i);
}

static const struct prong_module module = { .abi = PRONG_ABI,
	.size = sizeof(struct prong_module),
	.route_size = sizeof(struct prong_route),
	.name = "test",
	.routes = routes,
	.start = start_instance };

static void
start(void)
{
	large = coded_client_open(&m, &module);
}

static void
stop(void)
{
	coded_client_close(&m);
}

/* ---- the client --------------------------------------------------------- */

static void
ask(const char *method, const char *target, const char *fields,
	struct response *r)
{
	coded_client_ask(&m, method, target, fields, r);
}

START_TEST(a_stream_is_compressed)
{
	const char *coding = coded_client_codings[_i % 3];
	char fields[64];
	struct response r;

	if (!coded_client_has(coding))
		return;
	start();
	snprintf(fields, sizeof(fields), "Accept-Encoding: %s\r\n", coding);
	ask("GET", _i < 3 ? "/once" : "/stream", fields, &r);
	response_expect_field(&r, "Content-Encoding", coding);
	response_expect_field(&r, "Vary", "Accept-Encoding");
	coded_client_expect(&r, coding, _i < 3 ? 310 : LARGE);
	response_free(&r);
	ask("HEAD", "/once", fields, &r);
	response_expect_field(&r, "Content-Encoding", coding);
	response_free(&r);
	fake_worker_mount_turn(&m);
	ck_assert_uint_eq(m.fake.worker.contexts->ncoded_streams, 0);
	stop();
}
END_TEST

/* What has come of a stream, decoded. */
static const char *
read_stream(void)
{
	static char plain[LARGE + 1], bytes[FAKE_WORKER_GOT];
	size_t nbytes = 0, len;
	char *at, *body;

	at = strstr(m.got, "\r\n\r\n");
	ck_assert_ptr_nonnull(at);
	for (body = at + 4; body < m.got + m.ngot;) {
		len = strtoul(body, &body, 16);
		memcpy(bytes + nbytes, body + 2, len);
		nbytes += len;
		body += 2 + len + 2;
	}
	len = coded_client_decode(bytes, nbytes, "gzip", plain, LARGE);
	plain[len] = '\0';
	return plain;
}

static void
begin_stream(const char *coding)
{
	char head[128];

	snprintf(head, sizeof(head),
		"GET /begin HTTP/1.1\r\nHost: a\r\n"
		"Accept-Encoding: %s\r\n\r\n",
		coding);
	start();
	fake_worker_mount_connect(&m);
	fake_worker_mount_say(&m, head);
}

static void
await_end(void)
{
	unsigned *n = &m.fake.worker.contexts->ncoded_streams;

	for (int i = 0; i < 200 && *n > 0; i++)
		fake_worker_mount_turn(&m);
	ck_assert_uint_eq(*n, 0);
	for (int i = 0; i < PAUSE; i++)
		fake_worker_mount_turn(&m);
}

/* A module that is faster than the compressor. */
START_TEST(what_was_compressed_makes_room)
{
	enum { PART = 20000 };
	size_t written = 0, len;

	if (!coded_client_has("gzip"))
		return;
	begin_stream("gzip");
	for (; written < LARGE; written += len) {
		len = LARGE - written < PART ? LARGE - written : PART;
		ck_assert_int_eq(prong_write(kept, large + written, len), 0);
		fake_worker_mount_turn(&m);
	}
	prong_finish(kept);
	await_end();
	ck_assert(strcmp(read_stream(), large) == 0);
	stop();
}
END_TEST

START_TEST(nothing_follows_the_end_of_a_stopped_stream)
{
	static const char last[] = "\r\n0\r\n\r\n";
	char *end;

	if (!coded_client_has(coded_client_codings[_i]))
		return;
	begin_stream(coded_client_codings[_i]);
	ck_assert_int_eq(prong_write(kept, large, 300), 0);
	context_force_end_all(fake_worker_instance);
	await_end();
	end = memmem(m.got, m.ngot, last, sizeof(last) - 1);
	ck_assert_ptr_nonnull(end);
	ck_assert_ptr_eq(end + sizeof(last) - 1, m.got + m.ngot);
	stop();
}
END_TEST

/* ---- many streams -------------------------------------------------------- */

enum { MANY = 40, EACH = 64 * 1024, PIECE = 16 * 1024, TURN = 16 * PIECE };

static struct {
	int fd;
	struct prong_context *handle;
} many[MANY];

static void
begin_many(void)
{
	static const char head[] =
		"GET /begin HTTP/1.1\r\nHost: a\r\n" GZIP "\r\n";

	start();
	for (int i = 0; i < MANY; i++) {
		many[i].fd = fake_worker_connect(&m.fake, 0);
		ck_assert_int_eq(send(many[i].fd, head, sizeof(head) - 1, 0),
			sizeof(head) - 1);
		for (int k = 0; k < PAUSE; k++)
			fake_worker_turn(&m.fake);
		many[i].handle = kept;
	}
	for (int i = 0; i < MANY; i++)
		ck_assert_int_eq(prong_write(many[i].handle, large, EACH), 0);
}

/* Returns the sum of what waits to be compressed; no stream is more than a
 * piece ahead of another one. */
static size_t
count_waiting(void)
{
	size_t least = EACH, most = 0, sum = 0, n;

	for (int i = 0; i < MANY; i++) {
		struct context *ctx =
			handles_find(&m.fake.worker.contexts->handles,
				(uintptr_t)many[i].handle);

		n = ctx == NULL ? 0 : stream_coding_waiting(ctx->stream);
		least = n < least ? n : least;
		most = n > most ? n : most;
		sum += n;
	}
	ck_assert_uint_le(most - least, PIECE);
	return sum;
}

static void
expect_whole(int fd)
{
	static const char last[] = "\r\n0\r\n\r\n";

	m.ngot = (size_t)recv(fd, m.got, FAKE_WORKER_GOT - 1, 0);
	ck_assert_uint_lt(m.ngot, FAKE_WORKER_GOT);
	ck_assert_uint_gt(m.ngot, sizeof(last));
	ck_assert_mem_eq(
		m.got + m.ngot - (sizeof(last) - 1), last, sizeof(last) - 1);
	m.got[m.ngot] = '\0';
	ck_assert_int_eq(strncmp(read_stream(), large, EACH), 0);
	ck_assert_int_eq(recv(fd, m.got, 1, 0), 0);
	close(fd);
}

/* They end in as many turns as it takes, and whole. */
START_TEST(many_streams_that_are_stopped_take_bounded_turns)
{
	size_t waits, before;

	if (!coded_client_has("gzip"))
		return;
	begin_many();
	before = count_waiting();
	context_force_end_all(fake_worker_instance);
	ck_assert_uint_eq(count_waiting(), before);
	ck_assert_int_eq(prong_write(many[0].handle, "x", 1), -1);
	for (; before > 0; before = waits) {
		fake_worker_turn(&m.fake);
		waits = count_waiting();
		ck_assert_uint_lt(waits, before);
		ck_assert_uint_le(before - waits, TURN);
	}
	await_end();
	for (int i = 0; i < MANY; i++)
		expect_whole(many[i].fd);
	stop();
}
END_TEST

START_TEST(each_event_can_be_read_at_once)
{
	struct exchange *x;

	start();
	fake_worker_mount_connect(&m);
	fake_worker_mount_say(
		&m, "GET /sse HTTP/1.1\r\nHost: a\r\n" GZIP "\r\n");
	ck_assert_str_eq(read_stream(), "data: first\n\n");
	prong_sse_send(kept, NULL, NULL, "second");
	for (int i = 0; i < PAUSE; i++)
		fake_worker_mount_turn(&m);
	ck_assert_str_eq(read_stream(), "data: first\n\ndata: second\n\n");
	ck_assert_uint_eq(m.fake.worker.contexts->ncoded_streams, 1);
	x = context_find(kept, __func__)->exchange;
	x->protocol->close(x, "the client has gone");
	ck_assert_uint_eq(m.fake.worker.contexts->ncoded_streams, 0);
	stop();
}
END_TEST

START_TEST(the_number_of_compressed_streams_is_limited)
{
	struct response r;

	start();
	ask("GET", "/once", "", &r);
	response_free(&r);
	m.fake.worker.contexts->ncoded_streams = 256;
	ask("GET", "/once", GZIP, &r);
	response_expect_field(&r, "Content-Encoding", NULL);
	response_expect_field(&r, "Vary", "Accept-Encoding");
	ck_assert_uint_eq(r.len, 310);
	response_free(&r);
	m.fake.worker.contexts->ncoded_streams = 0;
	stop();
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ a_stream_is_compressed, 6 },
		{ what_was_compressed_makes_room, 1 },
		{ nothing_follows_the_end_of_a_stopped_stream, 3 },
		{ many_streams_that_are_stopped_take_bounded_turns, 1 },
		{ each_event_can_be_read_at_once, 1 },
		{ the_number_of_compressed_streams_is_limited, 1 },
	};

	return harness_run("stream_coding", tests, ROWS(tests));
}
