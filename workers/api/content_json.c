/*
 * A request's content as JSON (RFC 8259).
 * SPDX-License-Identifier: MIT
 */
#include "content.h"
#include "content_type.h"
#include "context.h"
#include "exchange.h"
#include "upload.h"

/*
 * A page of another origin may send any content, but none that is called JSON
 * without asking first (the Fetch standard, 4.8): so the type is not optional.
 */
static bool
is_json(const struct request *r)
{
	struct content_type type;

	return content_find_type(r, &type) && content_type_is_json(&type);
}

static const json_t *
refuse_type(struct prong_context *ctx)
{
	prong_set_field(ctx, "Accept", "application/json");
	prong_problem(ctx, 415, "the content must be application/json");
	return NULL;
}

/* What a client must not have written comes last in jansson's text: "... near
 * 'it'". */
static const json_t *
refuse_text(struct prong_context *ctx, const json_error_t *e)
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
	struct upload *u;
	json_error_t error;
	const char *text;
	size_t len;

	if (!context_is_open(ctx, __func__))
		return NULL;
	if (ctx->upload != NULL && ctx->upload->json != NULL)
		return ctx->upload->json;
	if (!is_json(&ctx->exchange->request))
		return refuse_type(ctx);
	text = prong_body(ctx, &len);
	if (len == 0) {
		prong_problem(ctx, 400, "the content is empty");
		return NULL;
	}
	if ((u = upload_of(ctx)) == NULL)
		return NULL;
	u->json = json_loadb(
		text, len, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &error);
	return u->json == NULL ? refuse_text(ctx, &error) : u->json;
}
