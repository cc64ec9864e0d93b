/*
 * A request body as JSON (RFC 8259).
 * SPDX-License-Identifier: MIT
 */
#include "api/body_stream.h"
#include "api/context.h"
#include "api/module_body.h"
#include "api/module_response.h"
#include "conn/body_memory.h"
#include "conn/exchange.h"
#include "http/content_type.h"

/*
 * True for a JSON media type. It is required because a page of another origin
 * may send a body of another type without a CORS preflight (Fetch standard
 * 4.8).
 */
static bool
has_json_type(const struct request *r)
{
	struct content_type type;

	return module_body_find_type(r, &type) && content_type_is_json(&type);
}

static const json_t *
refuse_json_type(struct context *ctx)
{
	prong_set_field(ctx->handle, "Accept", "application/json");
	prong_problem(ctx->handle, 415, "the content must be application/json");
	return NULL;
}

/*
 * Refuses malformed JSON. jansson's text ends with a quotation of the input
 * ("... near 'it'"), which is removed.
 */
static const json_t *
refuse_json_text(struct context *ctx, const json_error_t *e)
{
	char *near = strstr(e->text, " near '");
	int len = near == NULL ? (int)strlen(e->text) : (int)(near - e->text);

	prong_problem(ctx->handle, 400, "line %d, column %d: %.*s",
		e->line < 1 ? 1 : e->line, e->column < 1 ? 1 : e->column, len,
		e->text);
	return NULL;
}

/* ---- memory -------------------------------------------------------------- */

/*
 * What jansson takes for a value, with the heads of malloc(3): a few bytes of
 * text may become a hundred.
 */
static size_t
measure_json(const json_t *value)
{
	enum { NUMBER = 32, STRING = 64, ARRAY = 64, OBJECT = 112, PAIR = 80 };
	enum { ELEMENT = 2 * sizeof(json_t *), BUCKET = 2 * sizeof(void *) };
	enum { FEWEST = 8 };
	size_t i, n, size;
	json_t *each;
	void *at;

	switch (json_typeof(value)) {
	case JSON_STRING:
		return STRING + json_string_length(value);
	case JSON_INTEGER:
	case JSON_REAL:
		return NUMBER;
	case JSON_ARRAY:
		n = json_array_size(value);
		size = ARRAY + (n < FEWEST ? FEWEST : n) * ELEMENT;
		for (i = 0; i < n; i++)
			size += measure_json(json_array_get(value, i));
		return size;
	case JSON_OBJECT:
		n = json_object_size(value);
		size = OBJECT + (n < FEWEST ? FEWEST : n) * BUCKET;
		at = json_object_iter((json_t *)value);
		for (; at != NULL;
			at = json_object_iter_next((json_t *)value, at)) {
			each = json_object_iter_value(at);
			size += PAIR + strlen(json_object_iter_key(at)) +
				measure_json(each);
		}
		return size;
	default:
		return 0;
	}
}

void
module_body_refuse_memory(struct context *ctx)
{
	exchange_count_no_memory(ctx->exchange);
	prong_set_field(ctx->handle, "Retry-After", "1");
}

void
module_body_drop_json(struct context *ctx)
{
	struct body_stream *u = ctx->body_stream;

	json_decref(u->json);
	u->json = NULL;
	body_memory_change(
		exchange_body_memory(ctx->exchange), u->json_size, 0);
	u->json_size = 0;
}

/* Accounts for the value; refuses the request when there is no room. */
static const json_t *
account_json(struct context *ctx)
{
	struct body_memory *memory = exchange_body_memory(ctx->exchange);
	struct body_stream *u = ctx->body_stream;
	size_t size = measure_json(u->json);
	int status = body_memory_resize(memory, 0, size);

	if (status == 0) {
		u->json_size = size;
		return u->json;
	}
	module_body_drop_json(ctx);
	if (status == 503)
		module_body_refuse_memory(ctx);
	prong_problem(
		ctx->handle, status, "there is no memory for the content");
	return NULL;
}

const json_t *
prong_body_json(struct prong_context *handle)
{
	struct context *ctx = context_find_open(handle, __func__);
	struct body_stream *u;
	json_error_t error;
	const char *text;
	size_t len;

	if (ctx == NULL)
		return NULL;
	if (ctx->body_stream != NULL && ctx->body_stream->json != NULL)
		return ctx->body_stream->json;
	if (ctx->exchange->streams_body) {
		context_misuse(ctx, __func__,
			"the route has PRONG_STREAM_BODY: use prong_on_body()");
		module_response_fail(ctx, 500);
		return NULL;
	}
	if (!has_json_type(&ctx->exchange->request))
		return refuse_json_type(ctx);
	text = prong_body(ctx->handle, &len);
	if (len == 0) {
		prong_problem(ctx->handle, 400, "the content is empty");
		return NULL;
	}
	u = body_stream_of(ctx);
	u->json = json_loadb(text, len,
		JSON_DECODE_ANY | JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL,
		&error);
	return u->json == NULL ? refuse_json_text(ctx, &error)
			       : account_json(ctx);
}
