/*
 * Answers any request with exactly its content: for tests.
 * SPDX-License-Identifier: MIT
 */
#include "prong.h"

static void
handle(struct prong_context *ctx)
{
	const char *type = prong_field(ctx, "Content-Type");
	const char *body;
	size_t len;

	body = prong_body(ctx, &len);
	prong_answer(ctx, 200, type, body, len);
}

static const struct prong_route routes[] = {
	{ .method = "*", .pattern = "/", .handler = handle },
	{ .method = "*", .pattern = "/*rest", .handler = handle },
	{ 0 },
};

PRONG_MODULE(.name = "echo", .routes = routes);
