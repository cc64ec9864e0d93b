/*
 * WebSockets that outlive a reload.  Each counts its messages and answers with
 * the count, the "generation" of the configuration, and how many WebSockets
 * this worker has given away.
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "prong.h"

enum { VERSION = 7 };

struct chat {
	unsigned count;
	char fill[PRONG_WS_STATE - sizeof(unsigned)];
};

static struct {
	unsigned closed, given, ended;
} seen;

static int64_t
generation_of(struct prong_context *ctx)
{
	int64_t n = 0;

	prong_config_integer(prong_instance(ctx), "generation", &n, 0, 1000);
	return n;
}

static void
on_message(struct prong_context *ctx, enum prong_ws_kind kind,
	const char *bytes, size_t len, void *data)
{
	struct chat *chat = data;
	char text[64];

	(void)bytes;
	(void)len;
	snprintf(text, sizeof(text), "%u of %d", ++chat->count,
		(int)generation_of(ctx));
	prong_ws_send(ctx, kind, text, strlen(text));
}

static void
on_close(struct prong_context *ctx, int code, void *data)
{
	(void)ctx;
	(void)code;
	(void)data;
	seen.closed++;
}

static void
on_end(struct prong_context *ctx, enum prong_end why, void *data)
{
	struct prong_instance *i = prong_instance(ctx);

	(void)data;
	seen.ended++;
	seen.given += why == PRONG_MOVED;
	if (why == PRONG_MOVED)
		prong_log(i, PRONG_NOTICE,
			"generation %d gave %u away and closed %u of %u",
			(int)generation_of(ctx), seen.given, seen.closed,
			seen.ended);
}

static void
on_published(struct prong_context *ctx, unsigned from, const char *bytes,
	size_t len, void *data)
{
	(void)from;
	(void)data;
	prong_ws_send(ctx, PRONG_WS_TEXT, bytes, len);
}

static void
on_lost(struct prong_context *ctx, uint64_t count, void *data)
{
	char text[32];

	(void)data;
	snprintf(text, sizeof(text), "lost %llu", (unsigned long long)count);
	prong_ws_send(ctx, PRONG_WS_TEXT, text, strlen(text));
}

/* POST /range?from=N&n=N publishes numbers. */
static void
publish_range(struct prong_context *ctx)
{
	int64_t from = 0, n = 1, sent = 0;
	char text[32];

	if (prong_query_int(ctx, "from", &from, 0, 1000000) == -1 ||
		prong_query_int(ctx, "n", &n, 1, 1000) == -1)
		return;
	for (; sent < n; sent++) {
		snprintf(text, sizeof(text), "bus %d", (int)(from + sent));
		if (prong_publish(prong_instance(ctx), text, strlen(text)) ==
			-1)
			break;
	}
	prong_text(ctx, 202, "%d", (int)sent);
}

static int
save(struct prong_context *ctx, void *state, size_t size, void *data)
{
	(void)ctx;
	if (size != sizeof(struct chat))
		abort();
	memcpy(state, data, size);
	return (int)size;
}

static int
save_nothing(struct prong_context *ctx, void *state, size_t size, void *data)
{
	(void)ctx;
	(void)state;
	(void)size;
	(void)data;
	return 0;
}

static int
save_never(struct prong_context *ctx, void *state, size_t size, void *data)
{
	(void)ctx;
	(void)state;
	(void)size;
	(void)data;
	return -1;
}

static int
send_and_save(struct prong_context *ctx, void *state, size_t size, void *data)
{
	prong_ws_send(ctx, PRONG_WS_TEXT, "bye", 3);
	return save(ctx, state, size, data);
}

static int
save_too_much(struct prong_context *ctx, void *state, size_t size, void *data)
{
	save(ctx, state, size, data);
	return (int)size + 1;
}

static int
abort_and_save(struct prong_context *ctx, void *state, size_t size, void *data)
{
	prong_abort(ctx);
	return save(ctx, state, size, data);
}

static const char *const protocols[] = { "one", "two", NULL };
static const char *const other_protocols[] = { "two", "one", NULL };

#define CALLS                                                                  \
	.on_message = on_message, .on_close = on_close,                        \
	.on_published = on_published, .on_lost = on_lost,                      \
	.state_version = VERSION, .protocols = protocols

static const struct prong_ws saves = { CALLS, .on_save = save };
static const struct prong_ws saves_nothing = { CALLS, .on_save = save_nothing };
static const struct prong_ws never = { CALLS, .on_save = save_never };
static const struct prong_ws sends = { CALLS, .on_save = send_and_save };
static const struct prong_ws too_much = { CALLS, .on_save = save_too_much };
static const struct prong_ws aborts = { CALLS, .on_save = abort_and_save };
static const struct prong_ws other = { .on_message = on_message,
	.on_save = save,
	.protocols = other_protocols };

static void
restore_state(struct prong_context *ctx, struct chat *chat)
{
	unsigned version = 0;
	size_t len = 0;
	const void *state = prong_ws_restored(ctx, &len, &version);

	if (state == NULL)
		return;
	if (version != VERSION || (len != sizeof(*chat) && len != 0))
		abort();
	memcpy(chat, state, len);
	for (size_t i = 0; i < sizeof(chat->fill) && len > 0; i++)
		if (chat->fill[i] != (char)i)
			abort();
}

static void
accept_with(struct prong_context *ctx, const struct prong_ws *calls)
{
	struct chat *chat = prong_alloc(ctx, sizeof(*chat));

	if (chat == NULL)
		return;
	chat->count = 0;
	for (size_t i = 0; i < sizeof(chat->fill); i++)
		chat->fill[i] = (char)i;
	restore_state(ctx, chat);
	prong_on_end(ctx, on_end, NULL);
	prong_ws_accept(ctx, calls, chat);
}

static void
accept_saves(struct prong_context *ctx)
{
	accept_with(ctx, &saves);
}

static void
accept_nothing(struct prong_context *ctx)
{
	accept_with(ctx, &saves_nothing);
}

static void
accept_never(struct prong_context *ctx)
{
	accept_with(ctx, &never);
}

static void
accept_sends(struct prong_context *ctx)
{
	accept_with(ctx, &sends);
}

static void
accept_too_much(struct prong_context *ctx)
{
	accept_with(ctx, &too_much);
}

static void
accept_aborts(struct prong_context *ctx)
{
	accept_with(ctx, &aborts);
}

static void
accept_other(struct prong_context *ctx)
{
	accept_with(ctx, &other);
}

static void
answer_with_text(struct prong_context *ctx)
{
	prong_text(ctx, 200, "no WebSocket any more");
}

static void
accept_later(struct prong_context *ctx, void *data)
{
	(void)data;
	accept_saves(ctx);
}

static void
defer(struct prong_context *ctx)
{
	prong_defer(ctx);
	prong_after(ctx, 1, accept_later, NULL);
}

/* From the second generation on, no cookie is good enough. */
static void
authorise(struct prong_context *ctx)
{
	if (generation_of(ctx) > 1)
		prong_problem(ctx, 403, "not any more");
	else
		prong_next(ctx);
}

static prong_handler *const authorised[] = { authorise, NULL };

#define ROW(path, accept, restore)                                             \
	{                                                                      \
		.method = "GET", .pattern = path, .handler = accept,           \
		.on_restore = restore                                          \
	}

static const struct prong_route routes[] = {
	ROW("/ws", accept_saves, accept_saves),
	ROW("/nothing", accept_nothing, accept_nothing),
	ROW("/later", defer, defer),
	ROW("/never", accept_never, accept_saves),
	ROW("/sends", accept_sends, accept_sends),
	ROW("/too-much", accept_too_much, accept_too_much),
	ROW("/aborts", accept_aborts, accept_aborts),
	ROW("/other", accept_saves, accept_other),
	ROW("/text", accept_saves, answer_with_text),
	ROW("/not-restored", accept_saves, NULL),
	{ .method = "GET",
		.pattern = "/authorised",
		.handler = accept_saves,
		.on_restore = accept_saves,
		.use = authorised },
	{ .method = "POST", .pattern = "/range", .handler = publish_range },
	{ 0 },
};

PRONG_MODULE(.name = "moves", .routes = routes);
