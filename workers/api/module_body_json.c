/*
 * A request body as JSON (RFC 8259).
 * SPDX-License-Identifier: MIT
 */
#include "api/body_stream.h"
#include "api/context.h"
#include "api/module_body.h"
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
refuse_json_type(struct prong_context *ctx)
{
	prong_set_field(ctx, "Accept", "application/json");
	prong_problem(ctx, 415, "the content must be application/json");
	return NULL;
}

/*
 * Refuses malformed JSON. jansson's text ends with a quotation of the input
 * ("... near 'it'"), which is removed.
 */
static const json_t *
refuse_json_text(struct prong_context *ctx, const json_error_t *e)
{
	char *near = strstr(e->text, " near '");
	int len = near == NULL ? (int)strlen(e->text) : (int)(near - e->text);

	prong_problem(ctx, 400, "line %d, column %d: %.*s",
		e->line < 1 ? 1 : e->line, e->column < 1 ? 1 : e->column, len,
		e->text);
	return NULL;
}

const json_t *
prong_body_json(struct prong_context *ctx)
{
	struct body_stream *u;
	json_error_t error;
	const char *text;
	size_t len;

	if (!context_is_open(ctx, __func__))
		return NULL;
	if (ctx->body_stream != NULL && ctx->body_stream->json != NULL)
		return ctx->body_stream->json;
	if (!has_json_type(&ctx->exchange->request))
		return refuse_json_type(ctx);
	text = prong_body(ctx, &len);
	if (len == 0) {
		prong_problem(ctx, 400, "the content is empty");
		return NULL;
	}
	if ((u = body_stream_of(ctx)) == NULL)
		return NULL;
	u->json = json_loadb(text, len,
		JSON_DECODE_ANY | JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL,
		&error);
	return u->json == NULL ? refuse_json_text(ctx, &error) : u->json;
}
