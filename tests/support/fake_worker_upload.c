/*
 * The handlers note what they see.
 * SPDX-License-Identifier: MIT
 */
#include "support/fake_worker_upload.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "api/context.h"
#include "conn/conn.h"
#include "conn/exchange.h"

struct fake_worker_mount m;

struct upload_seen seen;

static void
on_end(struct prong_context *ctx, enum prong_end why, void *data)
{
	(void)ctx;
	(void)data;
	ck_assert_int_eq(seen.end, -1);
	seen.end = (int)why;
}

static void
note(const char *bytes, size_t len)
{
	size_t used = strlen(seen.content);

	if (used + len + 2 < sizeof(seen.content))
		sprintf(seen.content + used, "%.*s|", (int)len, bytes);
	seen.len += len;
	seen.ends += len == 0;
}

static void
on_body(struct prong_context *ctx, const char *bytes, size_t len, void *data)
{
	ck_assert_ptr_eq(ctx, seen.ctx);
	ck_assert_ptr_eq(data, &seen);
	note(bytes, len);
	if (len == 0)
		prong_text(ctx, 200, "%zu", seen.len);
}

static void
begin(struct prong_context *ctx)
{
	unsigned handled = seen.handled + 1;

	memset(&seen, 0, sizeof(seen));
	seen.handled = handled;
	seen.ctx = ctx;
	seen.end = -1;
	prong_on_end(ctx, on_end, NULL);
}

static void
take(struct prong_context *ctx)
{
	begin(ctx);
	ck_assert_int_eq(prong_on_body(ctx, on_body, &seen), 0);
	/* Nothing comes before the handler has returned. */
	ck_assert_uint_eq(seen.len + seen.ends, 0);
}

static void
on_body_pause(
	struct prong_context *ctx, const char *bytes, size_t len, void *data)
{
	if (len > 0)
		ck_assert_int_eq(prong_pause_body(ctx), 0);
	on_body(ctx, bytes, len, data);
}

static void
take_slowly(struct prong_context *ctx)
{
	begin(ctx);
	ck_assert_int_eq(prong_on_body(ctx, on_body_pause, &seen), 0);
}

static void
refuse(struct prong_context *ctx)
{
	begin(ctx);
	prong_problem(ctx, 401, "no");
}

static void
on_body_refuse(
	struct prong_context *ctx, const char *bytes, size_t len, void *data)
{
	(void)data;
	note(bytes, len);
	ck_assert_uint_gt(len, 0);
	prong_problem(ctx, 422, "no");
}

static void
refuse_content(struct prong_context *ctx)
{
	begin(ctx);
	prong_on_body(ctx, on_body_refuse, &seen);
}

/* Middleware that takes its time. */
static void
wait(struct prong_context *ctx)
{
	begin(ctx);
	prong_defer(ctx);
}

static void
take_late(struct prong_context *ctx)
{
	ck_assert_int_eq(prong_on_body(ctx, on_body, &seen), 0);
}

static void
err(struct prong_context *ctx)
{
	size_t len = 1;
	unsigned count = 1;

	begin(ctx);
	ck_assert_int_eq(prong_on_body(ctx, NULL, NULL), -1);
	ck_assert_int_eq(prong_pause_body(ctx), -1);
	ck_assert_int_eq(prong_resume_body(ctx), -1);
	ck_assert_str_eq(prong_body(ctx, &len), "");
	ck_assert_uint_eq(len, 0);
	ck_assert_ptr_null(prong_body_form(ctx, &count));
	ck_assert_uint_eq(count, 0);
	ck_assert_int_eq(prong_on_body(ctx, on_body, &seen), 0);
	ck_assert_int_eq(prong_on_body(ctx, on_body, &seen), -1);
}

static void
err_whole(struct prong_context *ctx)
{
	begin(ctx);
	ck_assert_int_eq(prong_on_body(ctx, on_body, &seen), -1);
	prong_empty(ctx, 204);
}

static void
on_body_keep(
	struct prong_context *ctx, const char *bytes, size_t len, void *data)
{
	enum { ENOUGH = 100000 };

	(void)data;
	note(bytes, len);
	if (seen.len >= ENOUGH)
		prong_text(ctx, 200, "%zu", seen.len);
}

/* Answers when it has enough; the end says nothing to it. */
static void
keep(struct prong_context *ctx)
{
	begin(ctx);
	ck_assert_int_eq(prong_on_body(ctx, on_body_keep, &seen), 0);
}

static void
on_gone(struct exchange *x, enum exchange_end why)
{
	(void)x;
	(void)why;
}

/* Hands the exchange to a handler that wants no content. */
static void
give_away(struct prong_context *handle)
{
	static const struct exchange_handler mute = { .on_gone = on_gone };
	struct context *ctx = context_find(handle, __func__);

	begin(handle);
	exchange_hold(ctx->exchange, &mute, NULL);
	seen.given = ctx->exchange;
	ctx->answer.is_answered = true;
	context_complete(ctx);
}

static prong_handler *const waits[] = { wait, NULL };

enum { S = PRONG_STREAM_BODY, MOST = 2000000 };

static const struct prong_route routes[] = {
	{ "PUT", "/take", take, .flags = S },
	{ "PUT", "/large", take, .flags = S, .body_most = MOST },
	{ "PUT", "/small", take, .flags = S, .body_most = 10 },
	{ "PUT", "/slow", take_slowly, .flags = S, .body_most = MOST },
	{ "PUT", "/refuse", refuse, .flags = S },
	{ "PUT", "/content", refuse_content, .flags = S, .body_most = MOST },
	{ "PUT", "/late", take_late, waits, .flags = S, .body_most = MOST },
	{ "PUT", "/keep", keep, .flags = S, .body_most = MOST },
	{ "PUT", "/give", give_away, .flags = S, .body_most = MOST },
	{ "PUT", "/err", err, .flags = S },
	{ .method = "PUT", .pattern = "/whole", .handler = err_whole },
	{ 0 },
};

static const struct prong_module module = { .abi = PRONG_ABI,
	.name = "test",
	.routes = routes };

void
fake_upload_open(void)
{
	memset(&seen, 0, sizeof(seen));
	seen.end = -1;
	fake_worker_mount_open(&m);
	fake_worker_mount_start(&m, &module);
}

/* How many contexts there are. */
static unsigned
count_live(void)
{
	unsigned live = 0;

	for (size_t i = 0; i < m.fake.worker.conns.used; i++)
		if (m.fake.worker.conns.all[i].state != CONN_CLOSED &&
			m.fake.worker.conns.all[i].exchange != NULL &&
			m.fake.worker.conns.all[i].exchange->handler != NULL)
			live++;
	return live;
}

void
fake_upload_close(void)
{
	ck_assert_uint_eq(count_live(), 0);
	ck_assert_str_eq(fake_worker_mount_errors(&m), "");
	fake_worker_mount_close(&m);
}

bool
has(const char *text)
{
	return strstr(m.got, text) != NULL;
}

unsigned
answers(void)
{
	unsigned n = 0;

	for (const char *p = m.got; (p = strstr(p, "HTTP/1.1 ")) != NULL; p++)
		n++;
	return n;
}
