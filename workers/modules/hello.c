/*
 * A greeting: the first example of prong-module(3).
 * SPDX-License-Identifier: MIT
 */
#include "prong.h"

/* GET /hello/:name: text */
static void
send_greeting(struct prong_context *ctx)
{
	prong_text(ctx, 200, "Hello, %s!\n", prong_param(ctx, "name"));
}

/* GET /hello/:name/card: JSON, which is UTF-8, while a name may be anything */
static void
greet_in_json(struct prong_context *ctx)
{
	json_t *card = json_pack("{s:s,s:s,s:i,s:b,s:s}", "greeting", "Hello",
		"name", prong_param(ctx, "name"), "worker",
		prong_worker_index(prong_instance(ctx)), "is_secure",
		prong_scheme(ctx)[4] == 's', "request", prong_request_id(ctx));

	if (card == NULL)
		prong_problem(ctx, 400, "The name is not UTF-8.");
	else
		prong_json(ctx, 200, card);
}

static const struct prong_route routes[] = {
	{ "GET", "/hello/:name", .handler = send_greeting },
	{ "GET", "/hello/:name/card", .handler = greet_in_json },
	{ 0 },
};

PRONG_MODULE(.name = "hello", .routes = routes);
