/*
 * Early hints before an answer.
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <stdio.h>

#include "support/fake_worker_module.h"
#include "support/harness.h"

#define START(s)                                                               \
	"HTTP/1.1 " s "\r\nDate: " FAKE_WORKER_DATE "\r\nServer: prong\r\n"
#define NAVIGATE "Sec-Fetch-Mode: navigate\r\n"
#define GET      "GET /api/x HTTP/1.1\r\nHost: a\r\n" NAVIGATE "\r\n"

static struct fake_worker_module m;
static prong_handler *handler; /* of this test */
static int result, error;

static void
handle(struct prong_context *ctx)
{
	handler(ctx);
}

static const struct prong_route routes[] = {
	{ .method = "*", .pattern = "/*rest", .handler = handle }, { 0 }
};
static const struct prong_module module = { .name = "test", .routes = routes };

static void
open_module(bool has_hints)
{
	fake_worker_module_open(&m, &module);
	m.conf.module.early_hints = has_hints;
}

static const char *
ask(prong_handler *f, const char *head)
{
	handler = f;
	return fake_worker_module_plain(&m, fake_worker_module_ask(&m, head));
}

static void
keep(int rc)
{
	result = rc;
	error = errno;
}

#define HINT(link) "HTTP/1.1 103 Early Hints\r\nLink: " link "\r\n\r\n"

static void
hint_twice(struct prong_context *ctx)
{
	prong_early_hint(ctx, "</a.css>; rel=preload; as=style");
	prong_early_hint(ctx, "</b.js>; rel=preload; as=script");
	prong_set_field(ctx, "Link", "</a.css>; rel=preload");
	keep(prong_empty(ctx, 204));
}

START_TEST(hints_precede_the_response)
{
	open_module(true);
	ck_assert_str_eq(ask(hint_twice, GET),
		HINT("</a.css>; rel=preload; as=style")
			HINT("</b.js>; rel=preload; as=script")
				START("204 No Content") "Link: </a.css>; "
							"rel=preload\r\n"
							"\r\n");
	fake_worker_module_close(&m);
}
END_TEST

// clang-format off
static const struct {
	bool has_hints;
	const char *head, *more;
} silent[] = {
	{ false, GET, "" },
	{ true, "GET /api/x HTTP/1.1\r\nHost: a\r\n\r\n", "" },
	{ true, "GET /api/x HTTP/1.1\r\nHost: a\r\n"
	  "Sec-Fetch-Mode: cors\r\n\r\n", "" },
	{ true, "GET /api/x HTTP/1.0\r\n" NAVIGATE "\r\n",
	  "Connection: close\r\n" },
};
// clang-format on

START_TEST(hints_are_sent_only_to_clients_that_are_known_to_take_them)
{
	char expected[512];

	open_module(silent[_i].has_hints);
	snprintf(expected, sizeof(expected),
		START("204 No Content") "Link: </a.css>; rel=preload\r\n%s\r\n",
		silent[_i].more);
	ck_assert_str_eq(ask(hint_twice, silent[_i].head), expected);
	fake_worker_module_close(&m);
}
END_TEST

static void
hint_often(struct prong_context *ctx)
{
	for (int i = 0; i < 8; i++)
		ck_assert_int_eq(prong_early_hint(ctx, "</a>"), 0);
	keep(prong_early_hint(ctx, "</a>"));
	prong_empty(ctx, 204);
}

START_TEST(a_ninth_hint_is_refused)
{
	open_module(true);
	ask(hint_often, GET);
	ck_assert_int_eq(result, -1);
	ck_assert_int_eq(error, EINVAL);
	fake_worker_module_close(&m);
}
END_TEST

static void
bad_hint(struct prong_context *ctx)
{
	keep(prong_early_hint(ctx, "</a>\r\nX: y"));
}

static void
bad_empty_hint(struct prong_context *ctx)
{
	keep(prong_early_hint(ctx, NULL));
}

static void
hint_late(struct prong_context *ctx)
{
	prong_text(ctx, 200, "a");
	keep(prong_early_hint(ctx, "</a>"));
}

static const struct {
	prong_handler *handler;
	int error;
} mistakes[] = {
	{ bad_hint, EINVAL },
	{ bad_empty_hint, EINVAL },
	{ hint_late, EALREADY },
};

START_TEST(an_invalid_hint_is_refused)
{
	open_module(true);
	ck_assert_ptr_null(strstr(ask(mistakes[_i].handler, GET), "103 Early"));
	ck_assert_int_eq(result, -1);
	ck_assert_int_eq(error, mistakes[_i].error);
	ck_assert_ptr_nonnull(strstr(fake_worker_module_log(&m),
		"module test: prong_early_hint(): "));
	fake_worker_module_close(&m);
}
END_TEST

static struct prong_context *kept;

static void
keep_context(struct prong_context *ctx)
{
	kept = ctx;
	ck_assert_int_eq(prong_defer(ctx), 0);
}

START_TEST(a_hint_is_sent_while_the_response_is_deferred)
{
	struct exchange *x;

	open_module(true);
	handler = keep_context;
	x = fake_worker_module_begin(&m, GET);
	ck_assert_int_eq(prong_early_hint(kept, "</a>"), 0);
	ck_assert_int_eq(prong_empty(kept, 204), 0);
	ck_assert_str_eq(
		fake_worker_module_plain(&m, fake_worker_end(&m.fake, x)),
		HINT("</a>") START("204 No Content") "\r\n");
	fake_worker_module_close(&m);
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ hints_precede_the_response, 1 },
		{ hints_are_sent_only_to_clients_that_are_known_to_take_them,
			ROWS(silent) },
		{ a_ninth_hint_is_refused, 1 },
		{ an_invalid_hint_is_refused, ROWS(mistakes) },
		{ a_hint_is_sent_while_the_response_is_deferred, 1 },
	};

	return harness_run("answer_hint", tests, ROWS(tests));
}
