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

const struct prong_module prong_module = {
	.abi = PRONG_ABI,
	.name = "echo",
	.handle = handle,
};
