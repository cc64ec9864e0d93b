/*
 * What prong.h says of a request's content.
 * SPDX-License-Identifier: MIT
 */
#include "context.h"
#include "exchange.h"

const char *
prong_body(struct prong_context *ctx, size_t *len)
{
	struct exchange *x = ctx->exchange;

	if (x->content == NULL) {
		*len = 0;
		return "";
	}
	*len = x->content_len;
	exchange_add_content(x, (struct span){ "", 1 });
	x->content_len--;
	return x->content;
}
