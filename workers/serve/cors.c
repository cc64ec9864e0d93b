/*
 * An origin is compared byte by byte and echoed only when it is one of the
 * configuration's, so nothing that a client sent reaches a response head.
 * SPDX-License-Identifier: MIT
 */
#include "serve/cors.h"

#include <inttypes.h>

#include "common/conf.h"
#include "conn/exchange.h"
#include "conn/response.h"
#include "serve/site.h"

/* Returns the configured origin that matches, "*" for any, or NULL. */
static const char *
find_origin(const struct conf_cors *cors, struct span origin)
{
	for (const char *const *o = cors->origins; *o != NULL; o++)
		if (strcmp(*o, "*") == 0 || span_is(origin, span_of(*o)))
			return *o;
	return NULL;
}

/* Joins texts with ", ". */
static struct span
join_texts(struct arena *a, const char *const *texts)
{
	struct span all = SPAN("");

	for (size_t i = 0; texts != NULL && texts[i] != NULL && all.at != NULL;
		i++)
		all = arena_printf(a, "%.*s%s%s", (int)all.len, all.at,
			i == 0 ? "" : ", ", texts[i]);
	return all;
}

static void
answer_preflight(struct exchange *x, const struct conf_cors *cors)
{
	struct span methods = join_texts(&x->arena, cors->methods);
	struct span headers = join_texts(&x->arena, cors->headers);
	struct response r = { .status = 204 };

	r.fields = arena_printf(&x->arena,
		"%s%.*s%s%s%.*s%sAccess-Control-Max-Age: %" PRId64 "\r\n",
		methods.len > 0 ? "Access-Control-Allow-Methods: " : "",
		(int)methods.len, methods.at, methods.len > 0 ? "\r\n" : "",
		headers.len > 0 ? "Access-Control-Allow-Headers: " : "",
		(int)headers.len, headers.at, headers.len > 0 ? "\r\n" : "",
		cors->max_age / 1000);
	response_send(x, &r);
}

static void
add_allowed(
	struct exchange *x, const struct conf_cors *cors, const char *allowed)
{
	struct span expose = join_texts(&x->arena, cors->expose);

	exchange_add_field(
		x, SPAN("Access-Control-Allow-Origin"), span_of(allowed));
	if (cors->credentials)
		exchange_add_field(x, SPAN("Access-Control-Allow-Credentials"),
			SPAN("true"));
	if (expose.len > 0)
		exchange_add_field(
			x, SPAN("Access-Control-Expose-Headers"), expose);
}

bool
cors_answer(struct exchange *x)
{
	const struct conf_cors *cors = &x->route->conf->cors;
	const struct request *r = &x->request;
	struct span origin;
	const char *allowed;

	if (cors->origins == NULL || cors->origins[0] == NULL)
		return false;
	origin = request_find(r, SPAN("Origin"), 0);
	allowed = find_origin(cors, origin);
	/* Vary tells caches that the response depends on the origin, unless
	 * every origin is allowed. */
	if (allowed == NULL || *allowed != '*')
		exchange_add_field(x, SPAN("Vary"), SPAN("Origin"));
	if (allowed != NULL)
		add_allowed(x, cors, allowed);
	if (r->method != METHOD_OPTIONS || allowed == NULL ||
		origin.at == NULL ||
		request_find(r, SPAN("Access-Control-Request-Method"), 0).at ==
			NULL)
		return false;
	answer_preflight(x, cors);
	return true;
}
