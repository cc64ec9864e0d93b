/*
 * Receives bodies in every way and responds with length and checksum. Contexts
 * are counted, so that a test sees whether any are left.
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "prong.h"

enum { ENDS = 5, MOST = 64 * 1024 * 1024 };

struct taken {
	size_t len;
	unsigned sum;
};

struct counts {
	unsigned begun, live;
	unsigned ends[ENDS];
};

static struct counts *
counts_of(struct prong_context *ctx)
{
	return prong_state(prong_instance(ctx));
}

static void
on_end(struct prong_context *ctx, enum prong_end why, void *data)
{
	(void)data;
	counts_of(ctx)->live--;
	counts_of(ctx)->ends[why]++;
}

static void
count(struct prong_context *ctx)
{
	counts_of(ctx)->begun++;
	counts_of(ctx)->live++;
	prong_on_end(ctx, on_end, NULL);
}

static void
add(struct taken *t, const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		t->sum = t->sum * 31 + (unsigned char)bytes[i];
	t->len += len;
}

static void
tell(struct prong_context *ctx, const struct taken *t)
{
	prong_text(ctx, 200, "%zu %u", t->len, t->sum);
}

static void
on_body(struct prong_context *ctx, const char *bytes, size_t len, void *data)
{
	add(data, bytes, len);
	if (len == 0)
		tell(ctx, data);
}

/* Receives a body as it arrives. */
static void
take(struct prong_context *ctx)
{
	count(ctx);
	prong_on_body(ctx, on_body, prong_alloc(ctx, sizeof(struct taken)));
}

static void
resume(struct prong_context *ctx, void *data)
{
	(void)data;
	prong_resume_body(ctx);
}

static void
on_body_slow(
	struct prong_context *ctx, const char *bytes, size_t len, void *data)
{
	if (len > 0) {
		prong_pause_body(ctx);
		prong_after(ctx, 2, resume, NULL);
	}
	on_body(ctx, bytes, len, data);
}

/* With a rest after each run. */
static void
take_slowly(struct prong_context *ctx)
{
	count(ctx);
	prong_on_body(
		ctx, on_body_slow, prong_alloc(ctx, sizeof(struct taken)));
}

static void
take_whole(struct prong_context *ctx)
{
	struct taken t = { 0, 0 };
	size_t len;
	const char *body = prong_body(ctx, &len);

	count(ctx);
	add(&t, body, len);
	tell(ctx, &t);
}

static void
add_file(struct taken *t, int fd)
{
	char piece[16 * 1024];
	ssize_t n;

	while ((n = read(fd, piece, sizeof(piece))) > 0)
		add(t, piece, (size_t)n);
}

/* Its parts, one after the other. */
static void
take_form(struct prong_context *ctx)
{
	struct taken t = { 0, 0 };
	unsigned n;
	const struct prong_part *p = prong_body_form(ctx, &n);

	if (p == NULL)
		return;
	count(ctx);
	for (; n > 0; n--, p++) {
		if (p->fd == -1)
			add(&t, p->value, p->len);
		else
			add_file(&t, p->fd);
	}
	tell(ctx, &t);
}

static void
refuse(struct prong_context *ctx)
{
	prong_problem(ctx, 401, "Say who you are.");
}

static void
go_on(struct prong_context *ctx, void *data)
{
	(void)data;
	prong_next(ctx);
}

/* Middleware that defers before it calls the handler. */
static void
wait_a_little(struct prong_context *ctx)
{
	prong_defer(ctx);
	prong_after(ctx, 5, go_on, NULL);
}

static void
tell_client(struct prong_context *ctx)
{
	prong_text(ctx, 200, "%s %s %s", prong_client(ctx), prong_scheme(ctx),
		prong_request_id(ctx));
}

static void
tell_counts(struct prong_context *ctx)
{
	const struct counts *c = counts_of(ctx);

	prong_text(ctx, 200, "begun %u live %u gone %u", c->begun, c->live,
		c->ends[PRONG_CLIENT_GONE]);
}

static prong_handler *const waits[] = { wait_a_little, NULL };

static const struct prong_route routes[] = {
	{ "PUT", "/take", take, .flags = PRONG_STREAM_BODY, .body_most = MOST },
	{ "PUT", "/slow", take_slowly, .flags = PRONG_STREAM_BODY,
		.body_most = MOST },
	{ "PUT", "/late", take, waits, .flags = PRONG_STREAM_BODY,
		.body_most = MOST },
	{ "PUT", "/refuse", refuse, .flags = PRONG_STREAM_BODY,
		.body_most = MOST },
	{ .method = "PUT",
		.pattern = "/whole",
		.handler = take_whole,
		.body_most = MOST },
	{ .method = "PUT",
		.pattern = "/form",
		.handler = take_form,
		.body_most = MOST },
	{ .method = "GET", .pattern = "/client", .handler = tell_client },
	{ .method = "GET", .pattern = "/counts", .handler = tell_counts },
	{ 0 },
};

static int
start(struct prong_instance *i)
{
	prong_set_state(i, calloc(1, sizeof(struct counts)));
	return prong_state(i) == NULL ? -1 : 0;
}

static void
stop(struct prong_instance *i)
{
	free(prong_state(i));
}

PRONG_MODULE(.name = "takes", .routes = routes, .start = start, .stop = stop);
