/*
 * What authors of modules get wrong: GET /:what makes the mistake of that
 * name.  Most answer what the call has made of errno.
 *   -DWRONG_ABI, -DNO_MODULE, -DNO_SYMBOL, -DNO_ROUTES, -DSAME_ROUTE,
 *   -DBAD_PATTERN, -DNO_HANDLER, -DFAILS_SILENTLY, -DWRONG_CONFIG,
 *   -DDIES_IN_START: what is wrong with the file
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "prong.h"

#ifndef NO_MODULE

#ifdef NO_SYMBOL
void there_is_no_such_function(void);
#endif

/* A context that was kept although it is over. */
static struct prong_context *
kept(struct prong_context *ctx, struct prong_context *now)
{
	struct prong_instance *i = prong_instance(ctx);
	struct prong_context *before = prong_state(i);

	prong_set_state(i, now);
	return before;
}

/* ---- the mistakes: each function returns the result of the wrong call --- */

static int
answers_twice(struct prong_context *ctx)
{
	prong_text(ctx, 200, "first\n");
	return prong_text(ctx, 200, "second\n");
}

static int
keeps(struct prong_context *ctx)
{
	kept(ctx, ctx);
	return prong_text(ctx, 200, "kept\n");
}

static int
uses_kept(struct prong_context *ctx)
{
	return prong_text(kept(ctx, NULL), 200, "late\n");
}

static int
bad_status(struct prong_context *ctx)
{
	return prong_text(ctx, 1000, "?");
}

static int
early_status(struct prong_context *ctx)
{
	return prong_empty(ctx, 100);
}

static int
null_content(struct prong_context *ctx)
{
	return prong_answer(ctx, 200, "text/plain", NULL, 5);
}

static int
null_context(struct prong_context *ctx)
{
	(void)ctx;
	return prong_text(NULL, 200, "?");
}

static int
null_field(struct prong_context *ctx)
{
	return prong_set_field(ctx, NULL, "x");
}

static int
splits(struct prong_context *ctx)
{
	return prong_set_field(ctx, "X-A", "a\r\nX-B: b");
}

static int
sets_length(struct prong_context *ctx)
{
	return prong_set_field(ctx, "Content-Length", "7");
}

static int
bad_type(struct prong_context *ctx)
{
	return prong_answer(ctx, 200, "text/plain\r\nX-B: b", "", 0);
}

static int
bad_cookie(struct prong_context *ctx)
{
	return prong_set_cookie(ctx, "a", "b;c", NULL);
}

static int
redirects_to_script(struct prong_context *ctx)
{
	return prong_redirect(ctx, 302, "javascript:alert(1)");
}

static int
redirects_with_200(struct prong_context *ctx)
{
	return prong_redirect(ctx, 200, "/");
}

static int
writes_without_stream(struct prong_context *ctx)
{
	return prong_write(ctx, "x", 1);
}

static int
finishes_without_stream(struct prong_context *ctx)
{
	return prong_finish(ctx);
}

static int
event_without_stream(struct prong_context *ctx)
{
	return prong_sse_send(ctx, NULL, NULL, "x");
}

static int
sends_without_websocket(struct prong_context *ctx)
{
	return prong_ws_send(ctx, PRONG_WS_TEXT, "x", 1);
}

static void
on_readable(struct prong_context *ctx, int fd, unsigned when, void *data)
{
	(void)ctx;
	(void)fd;
	(void)when;
	(void)data;
}

static int
watches_nothing(struct prong_context *ctx)
{
	return prong_watch(ctx, -1, PRONG_READABLE, on_readable, NULL) == NULL
		       ? -1
		       : 0;
}

static int
never_calls(struct prong_context *ctx)
{
	return prong_after(ctx, 10, NULL, NULL) == NULL ? -1 : 0;
}

static int
wants_all_memory(struct prong_context *ctx)
{
	return prong_alloc(ctx, (size_t)1 << 40) == NULL ? -1 : 0;
}

static int
pauses_nothing(struct prong_context *ctx)
{
	return prong_pause_body(ctx);
}

static int
hints_two_lines(struct prong_context *ctx)
{
	return prong_early_hint(ctx, "</a>\r\nX-B: b");
}

// clang-format off
static const struct {
	const char *name;
	int (*make)(struct prong_context *);
} mistakes[] = {
	{ "answers_twice", answers_twice },
	{ "keeps", keeps },
	{ "uses_kept", uses_kept },
	{ "bad_status", bad_status },
	{ "early_status", early_status },
	{ "null_content", null_content },
	{ "null_context", null_context },
	{ "null_field", null_field },
	{ "splits", splits },
	{ "sets_length", sets_length },
	{ "bad_type", bad_type },
	{ "bad_cookie", bad_cookie },
	{ "redirects_to_script", redirects_to_script },
	{ "redirects_with_200", redirects_with_200 },
	{ "writes_without_stream", writes_without_stream },
	{ "finishes_without_stream", finishes_without_stream },
	{ "event_without_stream", event_without_stream },
	{ "sends_without_websocket", sends_without_websocket },
	{ "watches_nothing", watches_nothing },
	{ "never_calls", never_calls },
	{ "wants_all_memory", wants_all_memory },
	{ "pauses_nothing", pauses_nothing },
	{ "hints_two_lines", hints_two_lines },
};
// clang-format on

static void
make_mistake(struct prong_context *ctx)
{
	const char *name = prong_param(ctx, "what");
	int result;

	for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
		if (strcmp(mistakes[i].name, name) != 0)
			continue;
		errno = 0;
		result = mistakes[i].make(ctx);
		if (result == -1)
			prong_text(ctx, 200, "%s\n", strerrorname_np(errno));
		return;
	}
	prong_problem(ctx, 404, "There is no mistake %s.", name);
}

static void
forget(struct prong_context *ctx)
{
	(void)ctx;
}

static void
forget_null_json(struct prong_context *ctx)
{
	prong_json(ctx, 200, json_pack("{s:o}", "a", NULL));
}

static void
go_past_the_end(struct prong_context *ctx)
{
	prong_next(ctx);
}

static void
defer_for_ever(struct prong_context *ctx)
{
	prong_defer(ctx);
}

static void
follow_null(struct prong_context *ctx)
{
	const char *text = prong_query_value(ctx, "missing", 0);

	prong_text(ctx, 200, "%c", text[0]);
}

/* ---- crashes that are not a handler's ---- */

static void
crash(void *data)
{
	*(volatile int *)data = 1;
}

static void
crash_always(struct prong_instance *i, void *data)
{
	(void)i;
	crash(data);
}

static void
crash_late(struct prong_context *ctx, void *data)
{
	(void)ctx;
	crash(data);
}

static void
crash_on_ready(struct prong_instance *i, int fd, unsigned when, void *data)
{
	(void)i;
	(void)fd;
	(void)when;
	crash(data);
}

static void
crash_in(struct prong_context *ctx)
{
	const char *what = prong_param(ctx, "what");
	struct prong_instance *i = prong_instance(ctx);
	int pipes[2];

	if (strcmp(what, "every") == 0)
		prong_every(i, 1, crash_always, (void *)8);
	else if (strcmp(what, "once") == 0)
		prong_after_always(i, 1, crash_always, (void *)8);
	else if (strcmp(what, "watch") == 0 && pipe(pipes) == 0)
		prong_watch_always(
			i, pipes[1], PRONG_WRITABLE, crash_on_ready, (void *)8);
	else if (strcmp(what, "job") == 0)
		prong_work_always(i, crash, crash_always, (void *)8);
	else if (strcmp(what, "after") == 0 && prong_defer(ctx) == 0) {
		prong_after(ctx, 1, crash_late, (void *)8);
		return;
	}
	prong_text(ctx, 200, "soon");
}

static void
leave(struct prong_context *ctx)
{
	(void)ctx;
	exit(0);
}

static const struct prong_route routes[] = {
	{ "GET", "/forget", .handler = forget },
	{ "GET", "/null_json", .handler = forget_null_json },
	{ "GET", "/past", .handler = go_past_the_end },
	{ "GET", "/forever", .handler = defer_for_ever },
	{ "GET", "/null", .handler = follow_null },
	{ "GET", "/exit", .handler = leave },
	{ "GET", "/crash/:what", .handler = crash_in },
	{ "GET", "/mistake/:what", .handler = make_mistake },
#ifdef SAME_ROUTE
	{ "GET", "/mistake/:why", .handler = make_mistake },
#endif
#ifdef BAD_PATTERN
	{ "GET", "notes", .handler = forget },
#endif
#ifdef NO_HANDLER
	{ "GET", "/nothing" },
#endif
	{ 0 },
};

#ifdef DIES_IN_START
static int
start(struct prong_instance *i)
{
	(void)i;
	abort();
}
#endif

#ifdef FAILS_SILENTLY
static int
start(struct prong_instance *i)
{
	(void)i;
	return -1;
}
#endif

#ifdef WRONG_CONFIG
/* Reports three errors, and goes on. */
static int
start(struct prong_instance *i)
{
	const char *name = NULL;
	int64_t count = 7;

	prong_config_string(i, "db.path", &name, true);
	prong_config_integer(i, "count", &count, 1, 10);
	prong_config_error(i, "db.hosts[3].x", "is the third");
	return 0;
}
#endif

#ifdef WRONG_ABI
#undef PRONG_ABI
#define PRONG_ABI 1
#endif

#ifdef NO_ROUTES
#define ROUTES NULL
#else
#define ROUTES routes
#endif
#if defined(FAILS_SILENTLY) || defined(DIES_IN_START) || defined(WRONG_CONFIG)
#define START start
#else
#define START NULL
#endif
#ifdef NO_SYMBOL
#define DRAIN ((void (*)(struct prong_instance *))there_is_no_such_function)
#else
#define DRAIN NULL
#endif

PRONG_MODULE(.name = "mistakes", .routes = ROUTES, .start = START,
	.drain = DRAIN);

#else
int there_is_a_symbol_but_no_module;
#endif
