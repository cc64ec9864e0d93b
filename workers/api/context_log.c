/*
 * Reports a module's mistakes in the error log.
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include "api/context.h"
#include "api/instance.h"
#include "conn/exchange.h"

/* Bytes: where such a length begins, on 64 bits. */
#define LENGTH_END ((uint64_t)1 << 40)

void
context_log(struct context *ctx, enum log_level level, const char *what)
{
	const struct request *r = &ctx->exchange->request;
	struct span method = request_method(r);
	const struct prong_route *route = ctx->match.route;

	log_at(instance_log(ctx->instance), level, false,
		"module %s: %s %s%s: the handler %s: %.*s %.*s (request %s)",
		ctx->instance->self->name, route == NULL ? "" : route->method,
		ctx->instance->mount, route == NULL ? "" : ctx->match.pattern,
		what, (int)method.len, method.at, (int)r->path.len, r->path.at,
		prong_request_id(ctx->handle));
}

int
context_misuse(struct context *ctx, const char *function, const char *what)
{
	const struct prong_route *route = ctx->match.route;

	if (route == NULL)
		log_errx(instance_log(ctx->instance), "module %s: %s(): %s",
			ctx->instance->self->name, function, what);
	else
		log_errx(instance_log(ctx->instance),
			"module %s: %s(): %s, in %s %s%s",
			ctx->instance->self->name, function, what,
			route->method, ctx->instance->mount,
			ctx->match.pattern);
	errno = EINVAL;
	return -1;
}

int
context_misuse_format(
	struct context *ctx, const char *function, const char *format, ...)
{
	enum { WHAT = 512 };
	char what[WHAT];
	va_list args;

	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	return context_misuse(ctx, function, what);
}

int
context_check_length(struct context *ctx, const char *function, size_t len)
{
	if (len <= PTRDIFF_MAX / 2 && (uint64_t)len < LENGTH_END)
		return 0;
	return context_misuse_format(
		ctx, function, "the length %zu is larger than memory", len);
}

void
prong_log_ctx(struct prong_context *handle, enum prong_level level,
	const char *format, ...)
{
	enum { LINE = 1024 };
	struct context *ctx = context_find(handle, __func__);
	char text[LINE];
	va_list args;

	if (ctx == NULL)
		return;
	if (format == NULL) {
		context_misuse(ctx, __func__, "the format is NULL");
		return;
	}
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	prong_log(ctx->instance, level, "%s (request %s)", text,
		prong_request_id(handle));
}
