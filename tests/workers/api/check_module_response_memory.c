/*
 * Allocations of a module's response: once warm only those that jansson makes
 * for its values.
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <stdlib.h>

#include "api/context.h"
#include "conn/exchange.h"
#include "support/fake_worker_module.h"
#include "support/harness.h"

static unsigned allocations;
static bool is_counting;

void *__real_malloc(size_t);
void *__real_calloc(size_t, size_t);
void *__real_realloc(void *, size_t);
void *__wrap_malloc(size_t);
void *__wrap_calloc(size_t, size_t);
void *__wrap_realloc(void *, size_t);

void *
__wrap_malloc(size_t size)
{
	allocations += is_counting;
	return __real_malloc(size);
}

void *
__wrap_calloc(size_t count, size_t size)
{
	allocations += is_counting;
	return __real_calloc(count, size);
}

void *
__wrap_realloc(void *p, size_t size)
{
	allocations += is_counting;
	return __real_realloc(p, size);
}

static void
answer_text(struct prong_context *ctx)
{
	prong_set_field(ctx, "X-Field", "value");
	prong_set_cookie(ctx, "name", "value", NULL);
	prong_text(ctx, 200, "hello, %s\n", prong_param(ctx, "name"));
}

static void
answer_json(struct prong_context *ctx)
{
	prong_json(ctx, 200,
		json_pack("{s:s,s:i,s:b,s:n,s:[i,i]}", "name",
			prong_param(ctx, "name"), "number", 1, "yes", 1, "none",
			"list", 1, 2));
}

static void
answer_file(struct prong_context *ctx)
{
	prong_file(ctx, prong_state(prong_instance(ctx)), "a.txt");
}

static void
answer_elsewhere(struct prong_context *ctx)
{
	prong_redirect(ctx, 303, "/elsewhere");
}

static const struct prong_route routes[] = {
	{ "GET", "/text/:name", .handler = answer_text },
	{ "GET", "/json/:name", .handler = answer_json },
	{ "GET", "/file", .handler = answer_file },
	{ "GET", "/elsewhere", .handler = answer_elsewhere },
	{ 0 },
};
static const struct prong_module module = { .name = "test", .routes = routes };

static const struct {
	const char *path;
	int status;
} rows[] = {
	{ "/text/you", 200 },
	{ "/json/you", 200 },
	{ "/file", 200 },
	{ "/elsewhere", 303 },
	{ "/text/you/", 308 },
};

/* Check's own assertions allocate: only the module's turn is counted. */
static const char *
ask(struct fake_worker_module *m, const char *head, bool counts)
{
	int status;
	struct exchange *x = fake_worker_begin(&m->fake, head, &status);

	ck_assert_int_eq(status, 0);
	x->site = &m->fake.worker.serve->sites.sites[0];
	x->route = &m->route;
	x->header_rules = &m->route.headers;
	is_counting = counts;
	context_run(x, &m->instance);
	is_counting = false;
	return fake_worker_end(&m->fake, x);
}

START_TEST(a_response_allocates_nothing_once_warm)
{
	enum { WARM = 200, COUNTED = 100 };
	static struct fake_worker_module m;
	char head[128], status[16];

	fake_worker_module_open(&m, &module);
	fake_worker_write(&m.fake, "a.txt", "a\n", 2);
	prong_set_state(&m.instance, m.fake.root);
	snprintf(head, sizeof(head), "GET /api%s HTTP/1.1\r\nHost: a\r\n\r\n",
		rows[_i].path);
	snprintf(status, sizeof(status), " %d ", rows[_i].status);
	for (int i = 0; i < WARM + COUNTED; i++)
		ck_assert_ptr_nonnull(strstr(ask(&m, head, i >= WARM), status));
	ck_assert_uint_eq(allocations, 0);
	fake_worker_module_close(&m);
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ a_response_allocates_nothing_once_warm, ROWS(rows) },
	};

	return harness_run("module_response_memory", tests, ROWS(tests));
}
