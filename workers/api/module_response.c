/*
 * Responses of prong.h that are complete at once.
 * SPDX-License-Identifier: MIT
 */
#include "api/module_response.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "api/context.h"
#include "api/instance.h"
#include "api/response_coding.h"
#include "common/mem.h"
#include "conn/exchange.h"
#include "conn/response.h"
#include "http/content_type.h"
#include "http/octet.h"
#include "serve/json_text.h"

enum { FIRST_FIELDS = 256 };

/* ---- fields ------------------------------------------------------------- */

struct context *
module_response_find(struct prong_context *handle, const char *function)
{
	struct context *ctx = context_find(handle, function);

	if (ctx == NULL || !ctx->answer.is_answered || ctx->answer.is_in_head)
		return ctx;
	context_misuse(ctx, function, "the response head was already made");
	errno = EALREADY;
	return NULL;
}

bool
module_response_is_value(const char *text)
{
	for (; *text != '\0'; text++)
		if (!octet_is_text(*text))
			return false;
	return true;
}

static bool
is_reserved_field(const struct context *ctx, struct span name)
{
	enum { ABI2 = 7 }; /* the first ones */
	static const char *const own[] = { "Connection", "Content-Length",
		"Content-Type", "Date", "Server", "Transfer-Encoding",
		"X-Request-Id", "Keep-Alive", "Proxy-Connection", "TE",
		"Trailer", "Upgrade" };
	size_t count = sizeof(own) / sizeof(own[0]);

	if (context_is_abi2(ctx))
		count = ABI2;
	for (size_t i = 0; i < count; i++)
		if (span_is_nocase(name, span_of(own[i])))
			return true;
	return false;
}

/* Returns space for len more bytes of field lines; NULL when the memory of the
 * request is at its limit. */
static char *
reserve_fields(struct context *ctx, size_t len)
{
	size_t need = ctx->answer.fields.len + len, size = FIRST_FIELDS;
	char *room;

	if (need <= ctx->answer.fields_size)
		return (char *)ctx->answer.fields.at + ctx->answer.fields.len;
	if (size < 2 * need)
		size = 2 * need;
	room = exchange_alloc(ctx->exchange, size);
	if (room == NULL)
		return NULL;
	if (ctx->answer.fields.len > 0)
		memcpy(room, ctx->answer.fields.at, ctx->answer.fields.len);
	ctx->answer.fields.at = room;
	ctx->answer.fields_size = size;
	return room + ctx->answer.fields.len;
}

int
module_response_add_field(
	struct context *ctx, struct span name, struct span value)
{
	enum { AROUND = 4 }; /* ": " and CRLF */
	char *to = reserve_fields(ctx, name.len + value.len + AROUND);

	if (to == NULL) {
		errno = ENOMEM;
		return -1;
	}
	memcpy(to, name.at, name.len);
	memcpy(to + name.len, ": ", 2);
	memcpy(to + name.len + 2, value.at, value.len);
	memcpy(to + name.len + 2 + value.len, "\r\n", 2);
	ctx->answer.fields.len += name.len + value.len + AROUND;
	return 0;
}

struct span
module_response_field(const struct context *ctx, struct span name)
{
	struct span rest = ctx->answer.fields;
	const char *end;

	while (rest.len > name.len) {
		end = memchr(rest.at, '\r', rest.len);
		if (strncasecmp(rest.at, name.at, name.len) == 0 &&
			rest.at[name.len] == ':')
			return (struct span){ rest.at + name.len + 2,
				(size_t)(end - rest.at) - name.len - 2 };
		rest.len -= (size_t)(end + 2 - rest.at);
		rest.at = end + 2;
	}
	return (struct span){ NULL, 0 };
}

bool
module_response_check_field(struct context *ctx, const char *function,
	const char *name, const char *value)
{
	if (name == NULL || !octet_is_token(span_of(name))) {
		context_misuse_format(ctx, function,
			"\"%s\" is not a valid field name",
			name == NULL ? "NULL" : name);
		return false;
	}
	if (value != NULL && !module_response_is_value(value)) {
		context_misuse_format(ctx, function,
			"the value of %s contains control bytes", name);
		return false;
	}
	if (!is_reserved_field(ctx, span_of(name)))
		return true;
	context_misuse_format(ctx, function, "%s is set by the server%s", name,
		strcasecmp(name, "Content-Type") == 0
			? ": pass the type to the function that answers"
			: "");
	errno = EPERM;
	return false;
}

int
prong_set_field(
	struct prong_context *handle, const char *name, const char *value)
{
	struct context *ctx = module_response_find(handle, __func__);

	if (ctx == NULL)
		return -1;
	if (value == NULL)
		return context_misuse_format(ctx, __func__,
			"the value of %s is NULL",
			name == NULL ? "NULL" : name);
	if (!module_response_check_field(ctx, __func__, name, value))
		return -1;
	return module_response_add_field(ctx, span_of(name), span_of(value));
}

/* ---- content ------------------------------------------------------------ */

struct span
module_response_format(struct context *ctx, const char *format, va_list args)
{
	enum { SMALL = 512 };
	char small[SMALL], *large;
	struct span text = { NULL, 0 };
	va_list again;
	int len;

	va_copy(again, args);
	len = vsnprintf(small, sizeof(small), format, args);
	if (len >= 0)
		text.len = (size_t)len;
	if (len >= 0 && text.len < sizeof(small)) {
		text.at = exchange_copy(ctx->exchange, small, text.len + 1);
	} else if (len >= 0) {
		large = mem_alloc(text.len + 1);
		vsnprintf(large, text.len + 1, format, again);
		text.at = exchange_copy(ctx->exchange, large, text.len + 1);
		free(large);
	}
	va_end(again);
	return text.at == NULL ? SPAN("") : text;
}

void
module_response_send(
	struct context *ctx, int status, struct span type, struct span content)
{
	/* 205 (Reset Content) has no content (RFC 9110 15.3.6). */
	if (status == 205)
		content.len = 0;
	module_response_head(ctx, status);
	if (ctx->instance->codings != 0 &&
		response_coding_take(ctx, status, type, &content))
		return;
	response_send(ctx->exchange, &(struct response){ .status = status,
					     .type = type,
					     .fields = ctx->answer.fields,
					     .content = content });
	context_complete(ctx);
}

/* 101 and 103 are sent by other functions. */
bool
module_response_check_status(
	struct context *ctx, const char *function, int status)
{
	if (status >= 200 && status <= 599)
		return true;
	context_misuse(ctx, function, "the status is not one of 200 to 599");
	return false;
}

bool
module_response_is_type(const struct context *ctx, const char *text)
{
	struct content_type type;

	if (*text == '\0' || !module_response_is_value(text))
		return false;
	return context_is_abi2(ctx) || content_type_parse(span_of(text), &type);
}

int
prong_answer(struct prong_context *handle, int status, const char *type,
	const void *content, size_t len)
{
	struct context *ctx = context_find_open(handle, __func__);
	struct span copy = SPAN("");

	if (ctx == NULL || !module_response_check_status(ctx, __func__, status))
		return -1;
	if (type == NULL)
		type = "application/octet-stream";
	if (!module_response_is_type(ctx, type))
		return context_misuse(
			ctx, __func__, "the type is not a media type");
	if (content == NULL && len > 0)
		return context_misuse(ctx, __func__, "the content is NULL");
	if (context_check_length(ctx, __func__, len) == -1)
		return -1;
	if (len > 0)
		copy = (struct span){
			exchange_copy(ctx->exchange, content, len), len
		};
	module_response_send(ctx, status, span_of(type), copy);
	return 0;
}

int
prong_text(struct prong_context *handle, int status, const char *format, ...)
{
	struct context *ctx = context_find_open(handle, __func__);
	struct span text;
	va_list args;

	if (ctx == NULL || !module_response_check_status(ctx, __func__, status))
		return -1;
	if (format == NULL)
		return context_misuse(ctx, __func__, "the format is NULL");
	va_start(args, format);
	text = module_response_format(ctx, format, args);
	va_end(args);
	module_response_send(
		ctx, status, SPAN("text/plain; charset=utf-8"), text);
	return 0;
}

/* Sends 500 for a value that cannot be serialised. */
static int
refuse_json(struct context *ctx, const char *what)
{
	context_misuse(ctx, "prong_json", what);
	module_response_fail(ctx, 500);
	errno = EINVAL;
	return -1;
}

int
prong_json(struct prong_context *handle, int status, json_t *json)
{
	struct context *ctx = context_find_open(handle, __func__);
	struct span text;

	if (ctx == NULL ||
		!module_response_check_status(ctx, __func__, status)) {
		json_decref(json);
		return -1;
	}
	if (json == NULL)
		return refuse_json(ctx, "the value is NULL: json_pack() was "
					"given NULL, text that is not UTF-8, "
					"or a wrong format");
	text = json_text(ctx->exchange, json);
	json_decref(json);
	if (text.at == NULL)
		return refuse_json(ctx, "the value cannot be written as JSON");
	module_response_send(ctx, status, SPAN("application/json"), text);
	return 0;
}

int
prong_empty(struct prong_context *handle, int status)
{
	struct context *ctx = context_find_open(handle, __func__);

	if (ctx == NULL || !module_response_check_status(ctx, __func__, status))
		return -1;
	module_response_send(ctx, status, SPAN(""), SPAN(""));
	return 0;
}
