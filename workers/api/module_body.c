/*
 * Request bodies of modules.
 * SPDX-License-Identifier: MIT
 */
#include "api/module_body.h"

#include <stdlib.h>

#include "api/body_stream.h"
#include "api/context.h"
#include "api/form.h"
#include "api/instance.h"
#include "api/router.h"
#include "common/conf.h"
#include "conn/exchange.h"
#include "conn/worker_state.h"
#include "http/content_type.h"

/* ---- while the body arrives, before the context exists ------------------ */

void
context_expect_content(struct exchange *x, struct prong_instance *instance)
{
	struct router_match match;

	x->body_most = x->worker->conf->limits.body;
	if (!router_minds_content(instance->router))
		return;
	router_find(instance->router, request_method(&x->request),
		context_path(instance, x->request.path), &match);
	if (match.route == NULL)
		return;
	x->streams_body = (match.route->flags & PRONG_STREAM_BODY) != 0;
	if (match.route->body_most > 0)
		x->body_most = (int64_t)match.route->body_most;
}

static struct span
whole_body(const struct exchange *x)
{
	if (x->content_len == 0)
		return SPAN("");
	return (struct span){ x->content, x->content_len };
}

bool
module_body_find_type(const struct request *r, struct content_type *type)
{
	struct span value = request_find_only(r, SPAN("Content-Type"));

	return value.at != NULL && content_type_parse(value, type);
}

static bool
is_multipart_form(const struct content_type *type)
{
	return content_type_is(type, SPAN("multipart/form-data"));
}

static const char *
temp_directory(const struct exchange *x)
{
	return x->worker->conf->paths.temp;
}

static int
parse_form_bytes(struct exchange *x, struct span s)
{
	int status = form_take(x->form, s);

	if (status == 500)
		log_err(&x->worker->log, "cannot store a part of a form in %s",
			temp_directory(x));
	return status;
}

/*
 * Passes bytes to the form parser. When the form is refused the rest of the
 * body is dropped; the client gets the reason when the handler asks for the
 * form. A lack of memory is not the handler's: the request is refused.
 */
static int
feed_form(struct exchange *x, struct span s)
{
	int status = parse_form_bytes(x, s);

	if (status == 503)
		return status;
	if (status != 0)
		exchange_drop_content(x);
	return 0;
}

/*
 * True when the body has become too large for memory and is a multipart form.
 */
static bool
needs_form_parser(const struct exchange *x, size_t len)
{
	struct content_type type;

	return x->content_len + len > MODULE_BODY_FORM &&
	       module_body_find_type(&x->request, &type) &&
	       is_multipart_form(&type) && type.boundary.len > 0;
}

static int
start_form_parser(struct exchange *x)
{
	struct content_type type;
	int status;

	module_body_find_type(&x->request, &type);
	x->form = form_new_multipart(
		type.boundary, temp_directory(x), exchange_body_memory(x));
	status = feed_form(x, whole_body(x));
	exchange_free_content(x);
	return status;
}

int
module_body_take(struct exchange *x, struct span s)
{
	int status = 0;

	if (x->form == NULL && needs_form_parser(x, s.len))
		status = start_form_parser(x);
	if (x->form == NULL)
		return exchange_add_content(x, s);
	return status != 0 || x->drops_body ? status : feed_form(x, s);
}

void
module_body_end(struct context *ctx)
{
	struct exchange *x = ctx->exchange;

	if (ctx->body_stream != NULL)
		module_body_drop_json(ctx);
	if (x->form != NULL)
		form_free(x->form);
	x->form = NULL;
}

static const char streamed_error[] =
	"the route has PRONG_STREAM_BODY: use prong_on_body()";

/* ---- the whole body ----------------------------------------------------- */

const char *
prong_body(struct prong_context *handle, size_t *len)
{
	struct context *ctx = context_find(handle, __func__);
	struct exchange *x;
	size_t ignored;

	if (len == NULL)
		len = &ignored;
	*len = 0;
	if (ctx == NULL)
		return "";
	x = ctx->exchange;
	if ((x->form != NULL && x->content == NULL) || x->streams_body) {
		context_misuse(ctx, __func__,
			x->streams_body ? streamed_error
					: "a large form is taken apart as it "
					  "comes: use prong_body_form()");
		return "";
	}
	if (x->content_len == 0)
		return "";
	*len = x->content_len;
	exchange_terminate_content(x);
	return x->content;
}

/* ---- forms -------------------------------------------------------------- */

static const struct prong_part *
refuse_form(struct context *ctx, int status, const char *why)
{
	if (status == 503)
		module_body_refuse_memory(ctx);
	if (status == 415)
		prong_set_field(ctx->handle, "Accept",
			"application/x-www-form-urlencoded, "
			"multipart/form-data");
	prong_problem(ctx->handle, status, "%s", why);
	return NULL;
}

/* Parses a form that is completely in memory. */
static int
parse_multipart(struct exchange *x, const struct content_type *type)
{
	x->form = form_new_multipart(
		type->boundary, temp_directory(x), exchange_body_memory(x));
	parse_form_bytes(x, whole_body(x));
	return form_end(x->form);
}

static const struct prong_part *
finish_form(struct context *ctx, int status, unsigned *count)
{
	struct form *form = ctx->exchange->form;

	if (status == 500)
		return refuse_form(ctx, status, "the form could not be stored");
	if (status != 0)
		return refuse_form(ctx, status, form_why(form));
	return form_parts(form, count);
}

const struct prong_part *
prong_body_form(struct prong_context *handle, unsigned *count)
{
	struct context *ctx = context_find_open(handle, __func__);
	struct content_type type;
	unsigned ignored;
	struct exchange *x;
	int status;

	if (count == NULL)
		count = &ignored;
	*count = 0;
	if (ctx == NULL)
		return NULL;
	x = ctx->exchange;
	if (x->streams_body) {
		context_misuse(ctx, __func__, streamed_error);
		return NULL;
	}
	if (x->form != NULL)
		return finish_form(ctx, form_end(x->form), count);
	if (!module_body_find_type(&x->request, &type))
		return refuse_form(ctx, 415, "the content must be a form");
	if (content_type_is(&type, SPAN("application/x-www-form-urlencoded"))) {
		x->form = form_new_urlencoded(
			whole_body(x), exchange_body_memory(x), &status);
		return finish_form(ctx, status, count);
	}
	if (!is_multipart_form(&type))
		return refuse_form(ctx, 415, "the content must be a form");
	if (type.boundary.len == 0)
		return refuse_form(
			ctx, 400, "the form has no boundary parameter");
	return finish_form(ctx, parse_multipart(x, &type), count);
}
