/*
 * prong_etag(): conditional requests (RFC 9110 13) of a module's resource.
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <stdio.h>
#include <time.h>

#include "api/context.h"
#include "api/instance.h"
#include "api/module_response.h"
#include "api/response_coding.h"
#include "conn/exchange.h"
#include "conn/worker_state.h"
#include "file/file_validators.h"
#include "http/conditional.h"
#include "http/date.h"

enum { TAG_MOST = 256 };

/*
 * Writes the entity-tag (RFC 9110 8.8.3) with its quotes; an empty span when
 * the text is none.
 */
static struct span
format_tag(struct exchange *x, const char *text)
{
	size_t len = strlen(text), prefix = strncmp(text, "W/", 2) == 0 ? 2 : 0;
	bool is_quoted = len >= prefix + 2 && text[prefix] == '"' &&
			 text[len - 1] == '"';
	size_t from = is_quoted ? prefix + 1 : 0,
	       to = is_quoted ? len - 1 : len;

	if (len == 0 || len > TAG_MOST)
		return SPAN("");
	for (size_t i = from; i < to; i++)
		if ((unsigned char)text[i] <= ' ' || text[i] == '"' ||
			text[i] == 0x7f)
			return SPAN("");
	return arena_printf(&x->arena, is_quoted ? "%s" : "\"%s\"", text);
}

static bool
is_reading(const struct request *r)
{
	return r->method == METHOD_GET || r->method == METHOD_HEAD;
}

static int check_conditions(struct context *, struct span tag, time_t modified);

static struct span
tag_of_coding(struct context *ctx, struct span tag, enum coding coding)
{
	return arena_printf(&ctx->exchange->arena, "%.*s%s\"", (int)tag.len - 1,
		tag.at, file_tag_ending(coding));
}

/*
 * A compressed response has a tag with an ending, and a condition of the client
 * may have it: changes tag to the one that it has.  status is that of the
 * conditions with the tag itself; returns theirs with the tag chosen.
 */
static int
check_coded(struct context *ctx, struct span *tag, time_t modified, int status)
{
	const struct request *r = &ctx->exchange->request;
	unsigned codings = ctx->instance->codings;
	bool is_matched = r->count[FIELD_IF_MATCH] > 0;
	struct span coded;
	int now;

	/* What is read is the representation that this request selects. */
	if (!is_matched && is_reading(r))
		codings &= 1u << response_coding_wanted(ctx);
	for (int i = CODING_GZIP; i < CODING_COUNT; i++) {
		if ((codings & 1u << i) == 0 ||
			(is_matched ? status != 412 : status != 0))
			continue;
		coded = tag_of_coding(ctx, *tag, (enum coding)i);
		now = check_conditions(ctx, coded, modified);
		if (now == status)
			continue;
		*tag = coded;
		return now;
	}
	return status;
}

/* Returns 0, 304 or 412; without a tag and a date nothing is there yet. */
static int
check_conditions(struct context *ctx, struct span tag, time_t modified)
{
	struct exchange *x = ctx->exchange;
	const struct request *r = &x->request;
	time_t now = (time_t)ctx->instance->worker->second;
	struct validators has = { tag, modified };
	struct preconditions asked = {
		.if_match = request_list(r, FIELD_IF_MATCH, &x->arena),
		.if_none_match =
			request_list(r, FIELD_IF_NONE_MATCH, &x->arena),
		.if_unmodified_since =
			request_only_value(r, FIELD_IF_UNMODIFIED_SINCE),
	};
	int status;

	if (tag.len == 0 && modified == -1)
		return asked.if_match.at != NULL ? 412 : 0;
	if (is_reading(r))
		asked.if_modified_since =
			request_only_value(r, FIELD_IF_MODIFIED_SINCE);
	status = conditional_check(&asked, &has, now);
	return status == 304 && !is_reading(r) ? 412 : status;
}

/* Returns true if a 304 that no tag of the client has led to would have the tag
 * of another representation than the client's: whether its content is
 * compressed is not known here. */
static bool
is_tag_unknown(const struct context *ctx)
{
	struct exchange *x = ctx->exchange;
	const struct request *r = &x->request;

	if (ctx->instance->codings == 0 ||
		response_coding_wanted(ctx) == CODING_IDENTITY)
		return false;
	return r->count[FIELD_IF_NONE_MATCH] == 0 ||
	       span_is(request_list(r, FIELD_IF_NONE_MATCH, &x->arena),
		       SPAN("*"));
}

static void
add_date(struct context *ctx, time_t modified)
{
	char text[DATE_LEN];

	date_format(modified, text);
	module_response_add_field(
		ctx, SPAN("Last-Modified"), (struct span){ text, DATE_LEN });
}

int
prong_etag(struct prong_context *handle, const char *tag, time_t modified)
{
	struct context *ctx = module_response_find(handle, __func__);
	struct span text = SPAN(""), tag_to_send;
	int status;

	if (ctx == NULL)
		return -1;
	if (tag != NULL)
		text = format_tag(ctx->exchange, tag);
	if (tag != NULL && text.len == 0)
		return context_misuse(ctx, __func__,
			"the tag is empty, longer than 256 bytes, or has "
			"spaces or quotes in it");
	if (modified <= 0)
		modified = -1;
	status = check_conditions(ctx, text, modified);
	tag_to_send = text;
	if (ctx->instance->codings != 0 && text.len > 0)
		status = check_coded(ctx, &tag_to_send, modified, status);
	if (status != 304)
		tag_to_send = text;
	else if (is_tag_unknown(ctx))
		tag_to_send = SPAN("");
	if (tag_to_send.len > 0 &&
		module_response_add_field(ctx, SPAN("ETag"), tag_to_send) == -1)
		return -1;
	ctx->answer.has_tag = text.len > 0;
	if (modified != -1)
		add_date(ctx, modified);
	if (status == 0)
		return 0;
	if (status == 304 && ctx->instance->codings != 0)
		response_coding_vary(ctx);
	if (status == 304)
		prong_empty(handle, 304);
	else
		prong_problem(handle, status,
			"A precondition failed: the resource has changed.");
	return 1;
}
