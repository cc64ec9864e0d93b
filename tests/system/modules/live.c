/*
 * Deferred and streamed responses on request of a test. Contexts are counted,
 * so that a test sees whether any are left.
 * SPDX-License-Identifier: MIT
 */
#include "prong.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ENDS = 5, PART = 8 * 1024 };

struct waiter {
	struct prong_context *ctx;
	struct waiter *next, **link;
	struct prong_event *event;
	size_t left;   /* bytes of a stream still to be written */
	bool is_whole; /* the content of the request */
	int fds[2];
};

struct live {
	struct waiter *waiters;
	unsigned held, open, drains;
	unsigned ends[ENDS];
	unsigned closes; /* of WebSockets */
	int last_close;
};

static struct live *
of(struct prong_context *ctx)
{
	return prong_state(prong_instance(ctx));
}

static int64_t
number(struct prong_context *ctx, const char *name, int64_t otherwise)
{
	const char *query = prong_query(ctx), *at = strstr(query, name);

	return at == NULL ? otherwise : atoll(at + strlen(name) + 1);
}

/* ---- waiting contexts --------------------------------------------------- */

static void
on_end(struct prong_context *ctx, enum prong_end why, void *data)
{
	struct waiter *w = data;
	struct live *live = of(ctx);

	live->ends[why]++;
	live->open--;
	*w->link = w->next;
	if (w->next != NULL)
		w->next->link = w->link;
	if (w->fds[0] != 0) {
		close(w->fds[0]);
		close(w->fds[1]);
	}
	free(w);
}

static struct waiter *
wait_for(struct prong_context *ctx)
{
	struct live *live = of(ctx);
	struct waiter *w = calloc(1, sizeof(*w));

	w->ctx = ctx;
	w->next = live->waiters;
	w->link = &live->waiters;
	if (w->next != NULL)
		w->next->link = &w->next;
	live->waiters = w;
	live->open++;
	prong_on_end(ctx, on_end, w);
	return w;
}

/* ---- deferred ----------------------------------------------------------- */

static void
answer(struct prong_context *ctx, void *data)
{
	struct waiter *w = data;

	/* Both are over by now: twice does no harm. */
	prong_cancel(w->event);
	prong_cancel(w->event);
	prong_text(ctx, 200, "later\n");
}

static void
later(struct prong_context *ctx)
{
	struct waiter *w = wait_for(ctx);

	prong_defer(ctx);
	w->event = prong_after(ctx, number(ctx, "ms", 0), answer, w);
}

static void
hold(struct prong_context *ctx)
{
	wait_for(ctx);
	of(ctx)->held++;
	prong_defer(ctx);
}

static void
release(struct prong_instance *i, void *data)
{
	struct live *live = prong_state(i);
	struct prong_event **event = data;

	prong_cancel(*event);
	free(event);
	for (struct waiter *w = live->waiters, *next; w != NULL; w = next) {
		next = w->next;
		prong_text(w->ctx, 200, "released\n");
	}
	live->held = 0;
}

/* Answers all waiting contexts from one timer. */
static void
release_soon(struct prong_context *ctx)
{
	struct prong_event **event = malloc(sizeof(struct prong_event *));

	*event = prong_every(prong_instance(ctx), 10, release, event);
	prong_text(ctx, 200, "%u\n", of(ctx)->held);
}

static void
on_pipe(struct prong_context *ctx, int fd, unsigned when, void *data)
{
	struct waiter *w = data;
	char text[16] = "";
	ssize_t len = read(fd, text, sizeof(text) - 1);

	prong_cancel(w->event);
	prong_text(ctx, 200, "%u %zd %s\n", when, len, text);
}

static void
write_pipe(struct prong_context *ctx, void *data)
{
	struct waiter *w = data;

	(void)ctx;
	if (write(w->fds[1], "piped", 5) != 5)
		abort();
}

static void
watch(struct prong_context *ctx)
{
	struct waiter *w = wait_for(ctx);

	if (pipe(w->fds) == -1)
		abort();
	prong_defer(ctx);
	w->event = prong_watch(ctx, w->fds[0], PRONG_READABLE, on_pipe, w);
	prong_after(ctx, 5, write_pipe, w);
}

/* Every error that these calls know. */
static void
mistakes(struct prong_context *ctx)
{
	FILE *file = tmpfile();
	int reasons[6] = { 0 }, n = 0;

#define TRY(call) (reasons[n++] = (call) == NULL ? errno : 0)
	TRY(prong_watch(ctx, -1, PRONG_READABLE, on_pipe, NULL));
	TRY(prong_watch(ctx, 999, PRONG_READABLE, on_pipe, NULL));
	TRY(prong_watch(ctx, fileno(file), PRONG_READABLE, on_pipe, NULL));
	TRY(prong_watch(ctx, 0, 0, on_pipe, NULL));
	TRY(prong_after(ctx, -1, answer, NULL));
	TRY(prong_every(prong_instance(ctx), 0, release, NULL));
	prong_cancel(NULL);
	fclose(file);
	prong_text(ctx, 200, "%d %d %d %d %d %d\n", reasons[0] == EBADF,
		reasons[1] == EBADF, reasons[2] == EPERM, reasons[3] == EINVAL,
		reasons[4] == EINVAL, reasons[5] == EINVAL);
}

/* ---- streams ------------------------------------------------------------ */

static void
fill(struct prong_context *ctx, void *data)
{
	static char bytes[PART];
	struct waiter *w = data;
	size_t len = w->left < PART ? w->left : PART;

	memset(bytes, 'x', sizeof(bytes));
	if (prong_write(ctx, bytes, len) == -1)
		abort();
	w->left -= len;
	if (w->left == 0)
		prong_finish(ctx);
}

/* "?size=N", PART bytes whenever there is room. */
static void
stream(struct prong_context *ctx)
{
	struct waiter *w = wait_for(ctx);

	w->left = (size_t)number(ctx, "size", 0);
	prong_stream(ctx, (int)number(ctx, "status", 200), "text/plain");
	prong_on_drain(ctx, fill, w);
	fill(ctx, w);
}

/* As much as is taken at once: how much that was, at the end. */
static void
flood(struct prong_context *ctx)
{
	static char bytes[PART];
	char text[64];
	unsigned n = 0;

	memset(bytes, 'y', sizeof(bytes));
	wait_for(ctx);
	prong_stream(ctx, 200, "text/plain");
	while (prong_write(ctx, bytes, sizeof(bytes)) == 0)
		n++;
	snprintf(text, sizeof(text), "%u %d %zu", n, errno == ENOBUFS,
		prong_queued(ctx));
	prong_log(prong_instance(ctx), PRONG_NOTICE, "flood: %s", text);
	prong_finish(ctx);
}

enum { ENOUGH = 64 * 1024 };

static void
on_drained(struct prong_context *ctx, void *data)
{
	struct waiter *w = data;

	if (!w->is_whole)
		prong_resume_body(ctx);
}

static void
pour(struct prong_context *ctx, const char *bytes, size_t len, void *data)
{
	struct waiter *w = data;

	if (len == 0) {
		w->is_whole = true;
		prong_finish(ctx);
		return;
	}
	if (prong_write(ctx, bytes, len) == -1)
		abort();
	if (prong_queued(ctx) > ENOUGH)
		prong_pause_body(ctx);
}

/* Sends the body back while it still arrives. */
static void
pour_back(struct prong_context *ctx)
{
	struct waiter *w = wait_for(ctx);

	prong_on_body(ctx, pour, w);
	prong_stream(ctx, 200, "application/octet-stream");
	prong_on_drain(ctx, on_drained, w);
}

/* Goes on until the client or the worker goes. */
static void
endless(struct prong_context *ctx)
{
	wait_for(ctx);
	prong_stream(ctx, 200, "text/plain");
	prong_write(ctx, "begun\n", 6);
}

static void
events(struct prong_context *ctx)
{
	wait_for(ctx);
	prong_sse(ctx);
	prong_sse_send(ctx, "hello", "1", "one\ntwo\r\nthree\rfour");
	prong_sse_send(ctx, NULL, NULL, "");
	if (number(ctx, "bad", 0) &&
		(prong_sse_send(ctx, "a\nb", NULL, "c") == 0 ||
			errno != EINVAL))
		abort();
}

static void
twice(struct prong_context *ctx)
{
	prong_stream(ctx, 200, "text/plain");
	prong_write(ctx, "once\n", 5);
	prong_finish(ctx);
	prong_write(ctx, "twice\n", 6);
	prong_finish(ctx);
	prong_stream(ctx, 200, NULL);
}

static const char *
or_none(const char *text)
{
	return text == NULL ? "none" : text;
}

static void
tell_tls(struct prong_context *ctx)
{
	prong_text(ctx, 200,
		"protocol %s\nversion %s\ncipher %s\nname %s\nsubject %s\n"
		"sha256 %s\nfirst %s\nsecond %s\nthird %s\n",
		prong_protocol(ctx), or_none(prong_tls(ctx, PRONG_TLS_VERSION)),
		or_none(prong_tls(ctx, PRONG_TLS_CIPHER)),
		or_none(prong_tls(ctx, PRONG_TLS_SERVER_NAME)),
		or_none(prong_tls(ctx, PRONG_TLS_CLIENT_SUBJECT)),
		or_none(prong_tls(ctx, PRONG_TLS_CLIENT_SHA256)),
		or_none(prong_tls_client_name(ctx, 0)),
		or_none(prong_tls_client_name(ctx, 1)),
		or_none(prong_tls_client_name(ctx, 2)));
}

/* ---- WebSocket ---------------------------------------------------------- */

/* "close N", "flood", or an echo. */
static void
on_message(struct prong_context *ctx, enum prong_ws_kind kind,
	const char *bytes, size_t len, void *data)
{
	(void)data;
	if (strncmp(bytes, "close ", 6) == 0) {
		prong_ws_close(ctx, atoi(bytes + 6), "as you say");
		prong_ws_send(ctx, kind, "too late", 8);
	} else if (strcmp(bytes, "flood") == 0) {
		static char much[PART];

		while (prong_ws_send(ctx, PRONG_WS_BINARY, much, PART) == 0)
			;
		if (errno != ENOBUFS)
			abort();
	} else {
		prong_ws_send(ctx, kind, bytes, len);
	}
}

static void
on_close(struct prong_context *ctx, int code, void *data)
{
	(void)data;
	of(ctx)->closes++;
	of(ctx)->last_close = code;
}

static const char *const protocols[] = { "better", "good", NULL };
static const struct prong_ws calls = { .on_message = on_message,
	.on_close = on_close,
	.protocols = protocols,
	.message_most = 100000 };

static void
websocket(struct prong_context *ctx)
{
	wait_for(ctx);
	prong_set_field(ctx, "X-Way", "at once");
	prong_ws_accept(ctx, &calls, NULL);
}

static void
accept_now(struct prong_context *ctx, void *data)
{
	(void)data;
	if (prong_ws_accept(ctx, &calls, NULL) == 0)
		prong_ws_send(ctx, PRONG_WS_TEXT, "welcome", 7);
}

static void
websocket_later(struct prong_context *ctx)
{
	wait_for(ctx);
	prong_defer(ctx);
	prong_after(ctx, 5, accept_now, NULL);
}

/* ---- counters ----------------------------------------------------------- */

static void
counters(struct prong_context *ctx)
{
	const struct live *l = of(ctx);

	prong_text(ctx, 200,
		"open %u answered %u gone %u late %u refused %u stopped %u "
		"closes %u last %d\n",
		l->open, l->ends[PRONG_ANSWERED], l->ends[PRONG_CLIENT_GONE],
		l->ends[PRONG_TIMED_OUT], l->ends[PRONG_REFUSED],
		l->ends[PRONG_STOPPED], l->closes, l->last_close);
}

static int
start(struct prong_instance *i)
{
	prong_set_state(i, calloc(1, sizeof(struct live)));
	return 0;
}

static void
drain(struct prong_instance *i)
{
	struct live *live = prong_state(i);

	live->drains++;
	prong_log(i, PRONG_NOTICE, "draining: %d", prong_is_draining(i));
}

static void
stop(struct prong_instance *i)
{
	struct live *live = prong_state(i);

	prong_log(i, live->open == 0 ? PRONG_NOTICE : PRONG_ERROR,
		"left behind: %u", live->open);
	free(live);
}

// clang-format off
static const struct prong_route routes[] = {
	{ .method = "GET", .pattern = "/later", .handler = later },
	{ .method = "GET", .pattern = "/hold", .handler = hold },
	{ .method = "GET", .pattern = "/release", .handler = release_soon },
	{ .method = "GET", .pattern = "/watch", .handler = watch },
	{ .method = "GET", .pattern = "/mistakes", .handler = mistakes },
	{ .method = "*", .pattern = "/stream", .handler = stream },
	{ .method = "GET", .pattern = "/flood", .handler = flood },
	{ .method = "POST", .pattern = "/pour", .handler = pour_back,
	  .flags = PRONG_STREAM_BODY },
	{ .method = "GET", .pattern = "/endless", .handler = endless },
	{ .method = "GET", .pattern = "/events", .handler = events },
	{ .method = "GET", .pattern = "/twice", .handler = twice },
	{ .method = "GET", .pattern = "/ws", .handler = websocket },
	{ .method = "GET", .pattern = "/ws-later", .handler = websocket_later },
	{ .method = "GET", .pattern = "/counters", .handler = counters },
	{ .method = "GET", .pattern = "/tls", .handler = tell_tls },
	{ 0 },
};
// clang-format on

PRONG_MODULE(.name = "live", .routes = routes, .start = start, .drain = drain,
	.stop = stop);
