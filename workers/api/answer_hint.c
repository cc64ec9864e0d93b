/*
 * Early hints (RFC 8297).
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>

#include "answer.h"
#include "context.h"
#include "exchange.h"

/* Each takes a run of the output, and an answer needs most of them. */
enum { HINTS = 8 };

int
prong_early_hint(struct prong_context *ctx, const char *link)
{
	struct exchange *x;
	struct span head;

	if (!answer_is_open(ctx, __func__))
		return -1;
	if (link == NULL || *link == '\0' || !answer_is_value(link))
		return context_misuse(ctx, __func__, "it is no field value");
	x = ctx->exchange;
	/* HTTP/1.0 knows no interim answers (RFC 9110 15.2). */
	if (x->request.minor == 0)
		return 0;
	if (ctx->nhints == HINTS)
		return context_misuse(ctx, __func__, "eight hints are enough");
	head = arena_printf(&x->arena,
		"HTTP/1.1 103 Early Hints\r\nLink: %s\r\n\r\n", link);
	if (head.at == NULL) {
		errno = ENOMEM;
		return -1;
	}
	ctx->nhints++;
	output_add(&x->output, head.at, head.len, NULL);
	if (ctx->is_held)
		exchange_resume(x);
	return 0;
}
