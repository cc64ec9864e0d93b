/*
 * What prong.h says of an answer.
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <string.h>

#include "context.h"
#include "exchange.h"
#include "octet.h"
#include "response.h"

static bool
is_servers_own(struct span name)
{
	static const char *const own[] = { "Connection", "Content-Length",
		"Date", "Server", "Transfer-Encoding" };

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (span_is_nocase(name, span_of(own[i])))
			return true;
	return false;
}

static bool
is_value(const char *value)
{
	for (; *value != '\0'; value++)
		if (!octet_is_text(*value))
			return false;
	return true;
}

int
prong_set_field(struct prong_context *ctx, const char *name, const char *value)
{
	struct span n = span_of(name), lines;

	for (size_t i = 0; i < n.len; i++)
		if (!octet_is_tchar(n.at[i]))
			n.len = 0;
	if (n.len == 0 || !is_value(value)) {
		errno = EINVAL;
		return -1;
	}
	if (is_servers_own(n)) {
		errno = EPERM;
		return -1;
	}
	lines = arena_printf(&ctx->exchange->arena, "%.*s%s: %s\r\n",
		(int)ctx->fields.len, ctx->fields.len > 0 ? ctx->fields.at : "",
		name, value);
	if (lines.at == NULL) {
		errno = EINVAL;
		return -1;
	}
	ctx->fields = lines;
	return 0;
}

int
prong_answer(struct prong_context *ctx, int status, const char *type,
	const void *content, size_t len)
{
	struct exchange *x = ctx->exchange;
	char *copy;

	if (!context_is_open(ctx, __func__))
		return -1;
	if (type == NULL)
		type = "application/octet-stream";
	if (status < 200 || status > 599 || !is_value(type)) {
		errno = EINVAL;
		return -1;
	}
	copy = exchange_copy(x, content, len);
	ctx->is_answered = true;
	response_send(x, &(struct response){ .status = status,
				 .type = span_of(type),
				 .fields = ctx->fields,
				 .content = { copy, len } });
	context_complete(ctx);
	return 0;
}
