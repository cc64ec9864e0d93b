/*
 * A module for tests: responds to any request with its body.
 * SPDX-License-Identifier: MIT
 */
#include "prong.h"

static void
echo_body(struct prong_context *ctx)
{
	const char *type = prong_field(ctx, "Content-Type");
	const char *body;
	size_t len;

	body = prong_body(ctx, &len);
	prong_answer(ctx, 200, type, body, len);
}

static const struct prong_route routes[] = {
	{ .method = "*", .pattern = "/", .handler = echo_body },
	{ .method = "*", .pattern = "/*rest", .handler = echo_body },
	{ 0 },
};

PRONG_MODULE(.name = "echo", .routes = routes);
