/*
 * What prong.h says of a request's content.
 * SPDX-License-Identifier: MIT
 */
#include "content.h"

#include <stdlib.h>

#include "common/conf.h"
#include "content_type.h"
#include "context.h"
#include "exchange.h"
#include "form.h"
#include "upload.h"
#include "worker.h"

/* ---- as it comes, before there is a context ----------------------------- */

static struct span
whole(const struct exchange *x)
{
	if (x->content_len == 0)
		return SPAN("");
	return (struct span){ x->content, x->content_len };
}

bool
content_find_type(const struct request *r, struct content_type *type)
{
	const struct span name = SPAN("Content-Type");
	struct span value = request_find(r, name, 0);

	return value.at != NULL && request_find(r, name, 1).at == NULL &&
	       content_type_parse(value, type);
}

static bool
is_multipart(const struct content_type *type)
{
	return content_type_is(type, SPAN("multipart/form-data"));
}

static const char *
folder(const struct exchange *x)
{
	return x->worker->conf->temp_path;
}

static int
take_form(struct exchange *x, struct span s)
{
	int status = form_take(x->form, s);

	if (status == 500)
		log_err(&x->worker->log,
			"a part of a form could not be kept in %s", folder(x));
	return status;
}

/* The client is told what is wrong when the handler asks for the form. */
static void
feed(struct exchange *x, struct span s)
{
	if (take_form(x, s) != 0)
		exchange_drop_content(x);
}

/* A form that becomes too large for memory. */
static bool
is_to_take_apart(const struct exchange *x, size_t len)
{
	struct content_type type;

	return x->content_len + len > CONTENT_FORM &&
	       content_find_type(&x->request, &type) && is_multipart(&type) &&
	       type.boundary.len > 0;
}

static void
start_form(struct exchange *x)
{
	struct content_type type;

	content_find_type(&x->request, &type);
	x->form = form_new_multipart(type.boundary, folder(x));
	feed(x, whole(x));
	free(x->content);
	x->content = NULL;
	x->content_len = x->content_size = 0;
}

void
content_take(struct exchange *x, struct span s)
{
	if (x->form == NULL && is_to_take_apart(x, s.len))
		start_form(x);
	if (x->form == NULL)
		exchange_add_content(x, s);
	else if (!x->drops_body)
		feed(x, s);
}

void
content_end(struct prong_context *ctx)
{
	struct exchange *x = ctx->exchange;

	if (ctx->upload != NULL)
		json_decref(ctx->upload->json);
	if (x->form != NULL)
		form_free(x->form);
	x->form = NULL;
}

static const char streamed[] =
	"the route is PRONG_STREAM_BODY: use prong_on_body()";

/* ---- whole -------------------------------------------------------------- */

const char *
prong_body(struct prong_context *ctx, size_t *len)
{
	struct exchange *x;
	size_t ignored;

	if (len == NULL)
		len = &ignored;
	*len = 0;
	if (!context_is_live(ctx, __func__))
		return "";
	x = ctx->exchange;
	if ((x->form != NULL && x->content == NULL) || x->streams_body) {
		context_misuse(ctx, __func__,
			x->streams_body ? streamed
					: "a large form is taken apart as it "
					  "comes: use prong_body_form()");
		return "";
	}
	if (x->content_len == 0)
		return "";
	*len = x->content_len;
	exchange_add_content(x, (struct span){ "", 1 });
	x->content_len--;
	return x->content;
}

/* ---- as a form ---------------------------------------------------------- */

static const struct prong_part *
refuse_form(struct prong_context *ctx, int status, const char *why)
{
	if (status == 415)
		prong_set_field(ctx, "Accept",
			"application/x-www-form-urlencoded, "
			"multipart/form-data");
	prong_problem(ctx, status, "%s", why);
	return NULL;
}

/* All of it is in memory. */
static int
parse_multipart(struct exchange *x, const struct content_type *type)
{
	x->form = form_new_multipart(type->boundary, folder(x));
	take_form(x, whole(x));
	return form_end(x->form);
}

static const struct prong_part *
finish_form(struct prong_context *ctx, int status, unsigned *count)
{
	struct form *form = ctx->exchange->form;

	if (status == 500)
		return refuse_form(ctx, status, "the form could not be kept");
	if (status != 0)
		return refuse_form(ctx, status, form_why(form));
	return form_parts(form, count);
}

const struct prong_part *
prong_body_form(struct prong_context *ctx, unsigned *count)
{
	struct content_type type;
	unsigned ignored;
	struct exchange *x;
	int status;

	if (count == NULL)
		count = &ignored;
	*count = 0;
	if (!context_is_open(ctx, __func__))
		return NULL;
	x = ctx->exchange;
	if (x->streams_body) {
		context_misuse(ctx, __func__, streamed);
		return NULL;
	}
	if (x->form != NULL)
		return finish_form(ctx, form_end(x->form), count);
	if (!content_find_type(&x->request, &type))
		return refuse_form(ctx, 415, "the content must be a form");
	if (content_type_is(&type, SPAN("application/x-www-form-urlencoded"))) {
		x->form = form_new_urlencoded(whole(x), &status);
		return finish_form(ctx, status, count);
	}
	if (!is_multipart(&type))
		return refuse_form(ctx, 415, "the content must be a form");
	if (type.boundary.len == 0)
		return refuse_form(ctx, 400, "the form names no boundary");
	return finish_form(ctx, parse_multipart(x, &type), count);
}
