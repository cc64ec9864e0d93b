/*
 * A module for scripts/chaos: answers with its query, after "ms" milliseconds.
 * SPDX-License-Identifier: MIT
 */
#include <stdlib.h>

#include "prong.h"

static void
send_query(struct prong_context *ctx, void *data)
{
	(void)data;
	prong_text(ctx, 200, "%s\n", prong_query(ctx));
}

static void
answer_later(struct prong_context *ctx)
{
	const char *ms = prong_query_value(ctx, "ms", 0);

	prong_defer(ctx);
	prong_after(ctx, ms == NULL ? 0 : atoi(ms), send_query, NULL);
}

static const struct prong_route routes[] = {
	{ .method = "GET", .pattern = "/", .handler = answer_later },
	{ 0 },
};

PRONG_MODULE(.name = "slow", .routes = routes);
