/*
 * prong_problem() and prong_problem_with().
 * SPDX-License-Identifier: MIT
 */

#include "api/context.h"
#include "api/module_response.h"
#include "conn/exchange.h"
#include "serve/error_page.h"
#include "serve/problem.h"

/* Sends the problem and ends the context. Takes ownership of members. */
static int
module_response_problem(
	struct context *ctx, int status, json_t *members, const char *detail)
{
	struct exchange *x = ctx->exchange;
	struct span vary = SPAN("Vary"), accept = SPAN("Accept");

	module_response_add_field(ctx, vary, accept);
	module_response_head(ctx, status);
	if (problem_is_wanted(x)) {
		problem_send(x, status, ctx->answer.fields, members, detail);
	} else {
		json_decref(members);
		error_page_send(x, status, ctx->answer.fields);
	}
	context_complete(ctx);
	return 0;
}

static struct context *
find_for_problem(struct prong_context *handle, const char *function, int status,
	const char *format)
{
	struct context *ctx = context_find_open(handle, function);

	if (ctx == NULL || (status >= 400 && status <= 599 && format != NULL))
		return ctx;
	context_misuse(ctx, function,
		"the status is not one of 400 to 599, or the format is NULL");
	return NULL;
}

int
prong_problem(struct prong_context *handle, int status, const char *format, ...)
{
	struct context *ctx =
		find_for_problem(handle, __func__, status, format);
	struct span detail;
	va_list args;

	if (ctx == NULL)
		return -1;
	va_start(args, format);
	detail = module_response_format(ctx, format, args);
	va_end(args);
	return module_response_problem(ctx, status, NULL, detail.at);
}

int
prong_problem_with(struct prong_context *handle, int status, json_t *members,
	const char *format, ...)
{
	struct context *ctx =
		find_for_problem(handle, __func__, status, format);
	struct span detail;
	va_list args;

	if (ctx == NULL) {
		json_decref(members);
		return -1;
	}
	if (members != NULL && !json_is_object(members)) {
		json_decref(members);
		return context_misuse(
			ctx, __func__, "the members are not a JSON object");
	}
	va_start(args, format);
	detail = module_response_format(ctx, format, args);
	va_end(args);
	return module_response_problem(ctx, status, members, detail.at);
}
