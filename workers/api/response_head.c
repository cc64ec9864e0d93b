/*
 * The head of a response, seen and changed by middleware.
 * SPDX-License-Identifier: MIT
 */
#include <assert.h>

#include "api/context.h"
#include "api/module_response.h"
#include "api/stream.h"
#include "conn/exchange.h"
#include "serve/serve.h"

void
module_response_head(struct context *ctx, int status)
{
	struct context_head *head;

	ctx->answer.is_answered = true;
	ctx->answer.status = status;
	if (ctx->answer.heads == NULL)
		return;
	ctx->answer.is_in_head = true;
	context_enter(ctx);
	while ((head = ctx->answer.heads) != NULL) {
		ctx->answer.heads = head->next;
		head->f(ctx->handle, status, head->data);
	}
	context_leave_call(ctx);
	ctx->answer.is_in_head = false;
}

void
module_response_fail(struct context *ctx, int status)
{
	ctx->answer.fields.len = 0;
	module_response_head(ctx, status);
	if (ctx->answer.fields.len > 0)
		exchange_add_fields(ctx->exchange, ctx->answer.fields);
	serve_error(ctx->exchange, status);
	context_complete(ctx);
}

/* ---- prong.h ------------------------------------------------------------ */

int
prong_on_head(struct prong_context *handle,
	void (*f)(struct prong_context *, int status, void *data), void *data)
{
	struct context *ctx = context_find_open(handle, __func__);
	struct context_head *head;

	if (ctx == NULL)
		return -1;
	if (f == NULL)
		return context_misuse(ctx, __func__, "the function is NULL");
	head = arena_alloc(&ctx->exchange->arena, sizeof(*head));
	assert(head != NULL);
	*head = (struct context_head){ ctx->answer.heads, f, data };
	ctx->answer.heads = head;
	return 0;
}

int
prong_status(struct prong_context *handle)
{
	struct context *ctx = context_find(handle, __func__);

	if (ctx == NULL)
		return 0;
	if (ctx->answer.status == 0 && ctx->exchange != NULL)
		return ctx->exchange->status;
	return ctx->answer.status;
}

int64_t
prong_sent(struct prong_context *handle)
{
	struct context *ctx = context_find(handle, __func__);

	if (ctx == NULL)
		return -1;
	if (ctx->stream != NULL)
		return stream_sent(ctx->stream);
	return ctx->exchange->status == 0 ? 0 : ctx->exchange->content_sent;
}

void
module_response_remove_field(struct context *ctx, struct span name)
{
	struct span *fields = &ctx->answer.fields;
	char *at = (char *)fields->at, *end, *next;

	if (fields->len == 0)
		return;
	end = at + fields->len;
	while (at != end) {
		next = (char *)memchr(at, '\n', (size_t)(end - at)) + 1;
		if ((size_t)(next - at) > name.len && at[name.len] == ':' &&
			strncasecmp(at, name.at, name.len) == 0) {
			memmove(at, next, (size_t)(end - next));
			end -= next - at;
			fields->len -= (size_t)(next - at);
		} else {
			at = next;
		}
	}
}

int
prong_replace_field(
	struct prong_context *handle, const char *name, const char *value)
{
	struct context *ctx = module_response_find(handle, __func__);

	if (ctx == NULL ||
		!module_response_check_field(ctx, __func__, name, value))
		return -1;
	module_response_remove_field(ctx, span_of(name));
	if (strcasecmp(name, "ETag") == 0)
		ctx->answer.has_tag = false;
	if (value == NULL)
		return 0;
	return module_response_add_field(ctx, span_of(name), span_of(value));
}
