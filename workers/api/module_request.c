/*
 * The functions of prong.h that read a request.
 * SPDX-License-Identifier: MIT
 */
#include <ctype.h>
#include <errno.h>

#include "api/context.h"
#include "api/urlencoded.h"
#include "common/conf.h"
#include "conn/exchange.h"
#include "conn/peer.h"
#include "conn/worker_state.h"
#include "http/cookie.h"
#include "http/target.h"

/* ---- the request line --------------------------------------------------- */

const char *
prong_method(struct prong_context *handle)
{
	struct context *ctx = context_find(handle, __func__);

	if (ctx == NULL)
		return "";
	return context_text(ctx, request_method(&ctx->exchange->request));
}

const char *
context_param(struct context *ctx, struct span value)
{
	char *text = exchange_copy_text(ctx->exchange, value);

	for (size_t i = 0; text != NULL && i < value.len; i++)
		if (text[i] == PATH_SLASH)
			text[i] = '/';
	return text == NULL ? "" : text;
}

/* An encoded slash stays encoded: it separates nothing. */
static const char *
path_text(struct context *ctx, struct span path)
{
	char *text = exchange_alloc(ctx->exchange, path.len * 3 + 1),
	     *to = text;

	if (text == NULL)
		return "";
	for (size_t i = 0; i < path.len; i++)
		if (path.at[i] == PATH_SLASH)
			to = stpcpy(to, "%2F");
		else
			*to++ = path.at[i];
	*to = '\0';
	return text;
}

const char *
prong_path(struct prong_context *handle)
{
	struct context *ctx = context_find(handle, __func__);
	const struct request *r;

	if (ctx == NULL)
		return "";
	r = &ctx->exchange->request;
	return r->has_encoded_slash ? path_text(ctx, r->path)
				    : context_text(ctx, r->path);
}

const char *
prong_param(struct prong_context *handle, const char *name)
{
	struct context *ctx = context_find(handle, __func__);

	if (ctx == NULL)
		return NULL;
	if (name == NULL) {
		context_misuse(ctx, __func__, "the name is NULL");
		return NULL;
	}
	for (unsigned i = 0; i < ctx->match.nparams; i++)
		if (span_is(ctx->match.params[i].name, span_of(name)))
			return ctx->match.params[i].value;
	return NULL;
}

const char *
prong_query(struct prong_context *handle)
{
	struct context *ctx = context_find(handle, __func__);

	if (ctx == NULL)
		return "";
	return context_text(ctx, ctx->exchange->request.query);
}

const char *
context_decode(struct context *ctx, struct span raw)
{
	char *text = exchange_alloc(ctx->exchange, raw.len + 1);

	if (text == NULL)
		return "";
	text[urlencoded_decode(raw, text)] = '\0';
	return text;
}

const char *
prong_query_value(struct prong_context *handle, const char *name, unsigned n)
{
	struct context *ctx = context_find(handle, __func__);
	struct span value;

	if (ctx == NULL)
		return NULL;
	if (name == NULL) {
		context_misuse(ctx, __func__, "the name is NULL");
		return NULL;
	}
	value = urlencoded_find(ctx->exchange->request.query, span_of(name), n);
	return value.at == NULL ? NULL : context_decode(ctx, value);
}

/* ---- fields ------------------------------------------------------------- */

const char *
prong_field_at(struct prong_context *handle, const char *name, unsigned n)
{
	struct context *ctx = context_find(handle, __func__);
	struct span value;

	if (ctx == NULL)
		return NULL;
	if (name == NULL) {
		context_misuse(ctx, __func__, "the name is NULL");
		return NULL;
	}
	value = request_find(&ctx->exchange->request, span_of(name), n);
	return value.at == NULL ? NULL : context_text(ctx, value);
}

const char *
prong_field(struct prong_context *handle, const char *name)
{
	return prong_field_at(handle, name, 0);
}

const char *
prong_cookie(struct prong_context *handle, const char *name)
{
	struct context *ctx = context_find(handle, __func__);
	struct span field, value;

	if (ctx == NULL)
		return NULL;
	if (name == NULL) {
		context_misuse(ctx, __func__, "the name is NULL");
		return NULL;
	}
	for (unsigned n = 0; (field = request_find(&ctx->exchange->request,
				      SPAN("Cookie"), n))
				     .at != NULL;
		n++) {
		value = cookie_find(field, span_of(name));
		if (value.at != NULL)
			return context_text(ctx, value);
	}
	return NULL;
}

/* ---- client and host ---------------------------------------------------- */

const char *
prong_client(struct prong_context *handle)
{
	struct context *ctx = context_find(handle, __func__);
	char name[PEER_NAME];
	size_t len;

	if (ctx == NULL)
		return "";
	len = peer_name(ctx->exchange->client, name);
	return context_text(ctx, (struct span){ name, len });
}

const char *
prong_scheme(struct prong_context *handle)
{
	struct context *ctx = context_find(handle, __func__);

	if (ctx == NULL)
		return "";
	return ctx->exchange->is_https ? "https" : "http";
}

const char *
prong_host(struct prong_context *handle)
{
	struct context *ctx = context_find(handle, __func__);
	struct span host;
	char *text;

	if (ctx == NULL)
		return "";
	host = ctx->exchange->request.host;
	text = exchange_copy_text(ctx->exchange, host);
	if (text == NULL)
		return "";
	for (char *p = text; *p != '\0'; p++)
		*p = (char)tolower((unsigned char)*p);
	return text;
}

const char *
prong_request_id(struct prong_context *handle)
{
	struct context *ctx = context_find(handle, __func__);

	if (ctx == NULL)
		return "";
	return context_text(ctx, ctx->exchange->request_id);
}

/* ---- time and memory ---------------------------------------------------- */

int64_t
context_default_time_left(struct context *ctx)
{
	const struct exchange *x = ctx->exchange;
	int64_t whole = context_worker(ctx)->conf->timeouts.handler;
	int64_t since = x->protocol->handler_since(x);

	if (since == -1)
		return whole;
	return since + whole - context_worker(ctx)->now_ms;
}

void *
prong_alloc(struct prong_context *handle, size_t size)
{
	struct context *ctx = context_find(handle, __func__);
	void *memory;

	if (ctx == NULL)
		return NULL;
	memory = exchange_alloc(ctx->exchange, size);
	if (memory == NULL) {
		errno = ENOMEM;
		return NULL;
	}
	return memset(memory, 0, size);
}

static struct context_value *
find_context_value(struct context *ctx, const void *key)
{
	struct context_value *v = ctx->values;

	while (v != NULL && v->key != key)
		v = v->next;
	return v;
}

int
prong_set(struct prong_context *handle, const void *key, void *value)
{
	struct context *ctx = context_find(handle, __func__);
	struct context_value *v;

	if (ctx == NULL)
		return -1;
	if (key == NULL)
		return context_misuse(ctx, __func__, "the key is NULL");
	v = find_context_value(ctx, key);
	if (v == NULL) {
		v = prong_alloc(handle, sizeof(*v));
		if (v == NULL)
			return -1;
		v->key = key;
		v->next = ctx->values;
		ctx->values = v;
	}
	v->value = value;
	return 0;
}

void *
prong_get(struct prong_context *handle, const void *key)
{
	struct context *ctx = context_find(handle, __func__);
	const struct context_value *v;

	if (ctx == NULL)
		return NULL;
	v = find_context_value(ctx, key);
	return v == NULL ? NULL : v->value;
}
