/*
 * prong_problem() and prong_problem_with().
 * SPDX-License-Identifier: MIT
 */

#include "api/context.h"
#include "api/module_response.h"
#include "api/problem.h"
#include "conn/exchange.h"
#include "serve/error_page.h"

/* Sends the problem and ends the context. Takes ownership of members. */
static int
module_response_problem(struct prong_context *ctx, int status, json_t *members,
	const char *detail)
{
	struct exchange *x = ctx->exchange;
	struct span vary = SPAN("Vary"), accept = SPAN("Accept");

	module_response_add_field(ctx, vary, accept);
	ctx->answer.is_answered = true;
	if (problem_is_wanted(x)) {
		problem_send(x, status, ctx->answer.fields, members, detail);
	} else {
		json_decref(members);
		error_page_send(x, status, ctx->answer.fields);
	}
	context_complete(ctx);
	return 0;
}

static bool
check_problem_call(struct prong_context *ctx, const char *function, int status,
	const char *format)
{
	if (!context_is_open(ctx, function))
		return false;
	if (status >= 400 && status <= 599 && format != NULL)
		return true;
	context_misuse(ctx, function,
		"the status is not one of 400 to 599, or the format is NULL");
	return false;
}

int
prong_problem(struct prong_context *ctx, int status, const char *format, ...)
{
	struct span detail;
	va_list args;

	if (!check_problem_call(ctx, __func__, status, format))
		return -1;
	va_start(args, format);
	detail = module_response_format(ctx, format, args);
	va_end(args);
	return module_response_problem(ctx, status, NULL, detail.at);
}

int
prong_problem_with(struct prong_context *ctx, int status, json_t *members,
	const char *format, ...)
{
	struct span detail;
	va_list args;

	if (!check_problem_call(ctx, __func__, status, format)) {
		json_decref(members);
		return -1;
	}
	va_start(args, format);
	detail = module_response_format(ctx, format, args);
	va_end(args);
	return module_response_problem(ctx, status, members, detail.at);
}
