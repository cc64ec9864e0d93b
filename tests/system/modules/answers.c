/*
 * Answers of every kind, for tests.  Its configuration: {"dir": FOLDER}.
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <string.h>

#include "prong.h"

static const char seen_key;

/* Middleware that writes down that it was passed. */
static void
pass(struct prong_context *ctx, const char *name)
{
	const char *before = prong_get(ctx, &seen_key);
	size_t size = strlen(name) + 2;
	char *seen;

	size += before == NULL ? 0 : strlen(before);
	seen = prong_alloc(ctx, size);
	if (seen == NULL)
		return;
	snprintf(seen, size, "%s%s ", before == NULL ? "" : before, name);
	prong_set(ctx, &seen_key, seen);
	prong_next(ctx);
}

static void
module_middleware(struct prong_context *ctx)
{
	pass(ctx, "module");
}

static void
group_middleware(struct prong_context *ctx)
{
	pass(ctx, "group");
}

static void
guard(struct prong_context *ctx)
{
	if (prong_field(ctx, "X-Key") == NULL)
		prong_problem(ctx, 401, "Say who you are.");
	else
		pass(ctx, "guard");
}

static void
tell_seen(struct prong_context *ctx)
{
	prong_text(ctx, 200, "%s%s", (char *)prong_get(ctx, &seen_key),
		prong_param(ctx, "name"));
}

static void
send_file(struct prong_context *ctx)
{
	const json_t *config = prong_config(prong_instance(ctx));

	prong_file(ctx, json_string_value(json_object_get(config, "dir")),
		prong_param(ctx, "path"));
}

static void
hint(struct prong_context *ctx)
{
	prong_early_hint(ctx, "</a.css>; rel=preload");
	prong_early_hint(ctx, "</b.css>; rel=preload");
	prong_text(ctx, 200, "hinted\n");
}

static void
log_in(struct prong_context *ctx)
{
	const struct prong_cookie_options here = { .path = "/", .max_age = 60 };

	prong_set_cookie(ctx, "session", "s3cret", &here);
	prong_set_cookie(ctx, "old", "", NULL);
	prong_redirect(ctx, 303, "/api/seen/you and me");
}

static void
forget(struct prong_context *ctx)
{
	(void)ctx;
}

static prong_handler *const in_all[] = { module_middleware, NULL };
static prong_handler *const in_group[] = { group_middleware, NULL };
static prong_handler *const in_row[] = { guard, NULL };

static const struct prong_route group[] = {
	{ "GET", "/:name", tell_seen, .use = in_row },
	{ 0 },
};

static const struct prong_route routes[] = {
	{ "GET", "/seen/:name", .handler = tell_seen },
	{ .pattern = "/group", .use = in_group, .group = group },
	{ "GET", "/files/*path", .handler = send_file },
	{ "GET", "/hint", .handler = hint },
	{ "POST", "/login", .handler = log_in },
	{ "GET", "/forget/:what", .handler = forget },
	{ 0 },
};

PRONG_MODULE(.name = "answers", .routes = routes, .use = in_all);
