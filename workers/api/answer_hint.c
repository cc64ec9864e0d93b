/*
 * Early hints (RFC 8297).
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>

#include "api/context.h"
#include "api/module_response.h"
#include "conn/exchange.h"

/*
 * Each hint takes an entry of the output's list, most of which the response
 * needs.
 */
enum { HINTS = 8 };

/*
 * Makes the head of a 103 response; at is NULL when the request's memory is at
 * its limit.
 */
static struct span
format_hint(struct exchange *x, struct span link)
{
	static const char start[] = "HTTP/1.1 103 Early Hints\r\nLink: ";
	static const char end[] = "\r\n\r\n";
	char *head = exchange_alloc(x, sizeof(start) + link.len + sizeof(end));
	char *to;

	if (head == NULL)
		return (struct span){ NULL, 0 };
	to = mempcpy(head, start, sizeof(start) - 1);
	to = mempcpy(to, link.at, link.len);
	to = mempcpy(to, end, sizeof(end) - 1);
	return (struct span){ head, (size_t)(to - head) };
}

int
prong_early_hint(struct prong_context *ctx, const char *link)
{
	struct exchange *x;
	struct span head;

	if (!module_response_is_open(ctx, __func__))
		return -1;
	if (link == NULL || *link == '\0' || !module_response_is_value(link))
		return context_misuse(
			ctx, __func__, "the link is not a valid field value");
	x = ctx->exchange;
	/* HTTP/1.0 has no interim responses (RFC 9110 15.2). */
	if (x->request.minor == 0)
		return 0;
	if (ctx->answer.nhints == HINTS)
		return context_misuse(ctx, __func__, "more than eight hints");
	head = format_hint(x, span_of(link));
	if (head.at == NULL) {
		errno = ENOMEM;
		return -1;
	}
	ctx->answer.nhints++;
	output_add(&x->output, head.at, head.len, NULL);
	if (ctx->is_held)
		exchange_resume(x);
	return 0;
}
