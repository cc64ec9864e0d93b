/*
 * A module that has used up the memory of a request is still answered for:
 * prong_alloc() and the others report it, and no answer needs what is gone.
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "api/context.h"
#include "conn/exchange.h"
#include "support/fake_worker_module.h"
#include "support/harness.h"

enum { PIECE = 8 * 1024, STEP = 173 };

static size_t first; /* bytes that the handler takes at once */

static void
take_alloc(struct prong_context *ctx, size_t size)
{
	errno = 0;
	if (prong_alloc(ctx, size) == NULL)
		ck_assert_int_eq(errno, ENOMEM);
}

static void
take_small_pieces(struct prong_context *ctx, size_t size)
{
	take_alloc(ctx, size);
	while (prong_alloc(ctx, 16) != NULL)
		;
	ck_assert_int_eq(errno, ENOMEM);
}

static void
take_fields(struct prong_context *ctx, size_t size)
{
	char *value = malloc(size + 1);

	ck_assert_ptr_nonnull(value);
	memset(value, 'a', size);
	value[size] = '\0';
	while (prong_set_field(ctx, "X-Long", value) == 0)
		;
	ck_assert_int_eq(errno, ENOMEM);
	free(value);
}

static void
take_cookies(struct prong_context *ctx, size_t size)
{
	take_alloc(ctx, size);
	while (prong_set_cookie(ctx, "name", "value", NULL) == 0)
		;
	ck_assert_int_eq(errno, ENOMEM);
}

static void
take_text(struct prong_context *ctx, size_t size)
{
	take_alloc(ctx, size);
	while (*prong_path(ctx) != '\0')
		;
	while (*prong_host(ctx) != '\0')
		;
}

static void
take_hints(struct prong_context *ctx, size_t size)
{
	take_small_pieces(ctx, size);
	ck_assert_int_eq(prong_early_hint(ctx, "</a>"), -1);
	ck_assert_int_eq(errno, ENOMEM);
}

static void
answer_text(struct prong_context *ctx)
{
	prong_text(ctx, 200, "%s\n", "text");
}

static void
module_response_problem(struct prong_context *ctx)
{
	prong_problem(ctx, 413, "Too many numbers.");
}

static void
answer_json(struct prong_context *ctx)
{
	prong_json(ctx, 200, json_pack("{s:s}", "name", "value"));
}

static void
answer_nothing(struct prong_context *ctx)
{
	(void)ctx;
}

static void
answer_stream(struct prong_context *ctx)
{
	prong_stream(ctx, 200, "text/plain");
	prong_write(ctx, "text\n", 5);
	prong_finish(ctx);
}

static void
answer_elsewhere(struct prong_context *ctx)
{
	if (prong_redirect(ctx, 303, "/elsewhere") == -1)
		prong_problem(ctx, 500, "no memory");
}

static void
answer_deferred(struct prong_context *ctx)
{
	prong_defer(ctx);
	prong_empty(ctx, 204);
}

static const struct {
	void (*take)(struct prong_context *, size_t);
	void (*answer)(struct prong_context *);
} rows[] = {
	{ take_alloc, answer_text },
	{ take_alloc, module_response_problem },
	{ take_alloc, answer_json },
	{ take_alloc, answer_nothing },
	{ take_alloc, answer_stream },
	{ take_alloc, answer_elsewhere },
	{ take_alloc, answer_deferred },
	{ take_small_pieces, answer_text },
	{ take_small_pieces, module_response_problem },
	{ take_small_pieces, answer_nothing },
	{ take_small_pieces, answer_elsewhere },
	{ take_small_pieces, answer_deferred },
	{ take_small_pieces, answer_stream },
	{ take_fields, answer_text },
	{ take_fields, module_response_problem },
	{ take_cookies, answer_text },
	{ take_text, module_response_problem },
	{ take_hints, answer_stream },
};

static int row;

static void
handle(struct prong_context *ctx)
{
	rows[row].take(ctx, first);
	rows[row].answer(ctx);
}

static const struct prong_route routes[] = {
	{ "GET", "/take", .handler = handle },
	{ 0 },
};
static const struct prong_module module = { .name = "test", .routes = routes };

static const char head[] = "GET /api/take HTTP/1.1\r\nHost: a\r\n"
			   "Sec-Fetch-Mode: navigate\r\n"
			   "Accept: application/json\r\n\r\n";

START_TEST(a_response_is_made_at_each_size_around_the_limit)
{
	static struct fake_worker_module m;

	row = _i;
	fake_worker_module_open(&m, &module);
	m.conf.module.early_hints = true;
	for (first = EXCHANGE_MEMORY - 2 * PIECE;
		first < EXCHANGE_MEMORY + PIECE; first += STEP)
		ck_assert_msg(strncmp(fake_worker_module_ask(&m, head),
				      "HTTP/1.1 ", 9) == 0,
			"no answer after %zu bytes", first);
	fake_worker_module_close(&m);
}
END_TEST

static void
take_forever(struct prong_context *ctx)
{
	size_t got = 0;

	while (prong_alloc(ctx, 1024) != NULL)
		got += 1024;
	ck_assert_uint_ge(got, EXCHANGE_MEMORY - 2 * PIECE);
	ck_assert_uint_le(got, EXCHANGE_MEMORY);
	ck_assert_ptr_null(prong_alloc(ctx, SIZE_MAX));
	ck_assert_ptr_null(prong_alloc(ctx, SIZE_MAX - 64));
	prong_empty(ctx, 204);
}

static const struct prong_route greedy_routes[] = {
	{ "GET", "/take", .handler = take_forever },
	{ 0 },
};
static const struct prong_module greedy = { .name = "test",
	.routes = greedy_routes };

START_TEST(a_module_gets_no_more_than_its_limit)
{
	static struct fake_worker_module m;

	fake_worker_module_open(&m, &greedy);
	for (int i = 0; i < 3; i++)
		ck_assert_ptr_nonnull(strstr(
			fake_worker_module_ask(&m, head), "204 No Content"));
	fake_worker_module_close(&m);
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ a_response_is_made_at_each_size_around_the_limit,
			ROWS(rows) },
		{ a_module_gets_no_more_than_its_limit, 0 },
	};

	return harness_run("used_up_memory", tests, ROWS(tests));
}
