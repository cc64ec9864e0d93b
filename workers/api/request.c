/*
 * What prong.h says of a request.
 * SPDX-License-Identifier: MIT
 */
#include "context.h"
#include "exchange.h"

const char *
prong_method(struct prong_context *ctx)
{
	return context_text(ctx, request_method(&ctx->exchange->request));
}

const char *
prong_path(struct prong_context *ctx)
{
	return context_text(ctx, ctx->exchange->request.path);
}

const char *
prong_query(struct prong_context *ctx)
{
	return context_text(ctx, ctx->exchange->request.query);
}

const char *
prong_field(struct prong_context *ctx, const char *name)
{
	const struct request *r = &ctx->exchange->request;
	struct span wanted = span_of(name);

	for (unsigned i = 0; i < r->nfields; i++)
		if (span_is_nocase(request_span(r, r->fields[i].name), wanted))
			return context_text(
				ctx, request_span(r, r->fields[i].value));
	return NULL;
}
