/*
 * The functions of prong.h that go through all of something in a request, and
 * those that put parts of it together.
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "api/context.h"
#include "api/urlencoded.h"
#include "conn/exchange.h"
#include "http/cookie.h"

/* Returns the context of a correct call. */
static struct context *
check_call(struct prong_context *handle, const char *function,
	const size_t *pos, const char *const *name, const char *const *value)
{
	struct context *ctx = context_find(handle, function);

	if (ctx == NULL || (pos != NULL && name != NULL && value != NULL))
		return ctx;
	context_misuse(ctx, function, "pos, name or value is NULL");
	return NULL;
}

bool
prong_next_field(struct prong_context *handle, size_t *pos, const char **name,
	const char **value)
{
	struct context *ctx = check_call(handle, __func__, pos, name, value);
	const struct request *r;

	if (ctx == NULL || *pos >= ctx->exchange->request.nfields)
		return false;
	r = &ctx->exchange->request;
	*name = context_text(ctx, request_span(r, r->fields[*pos].name));
	*value = context_text(ctx, request_span(r, r->fields[*pos].value));
	++*pos;
	return true;
}

bool
prong_next_query(struct prong_context *handle, size_t *pos, const char **name,
	const char **value)
{
	struct context *ctx = check_call(handle, __func__, pos, name, value);
	struct span rest, raw_name, raw_value;

	if (ctx == NULL)
		return false;
	rest = ctx->exchange->request.query;
	if (*pos >= rest.len)
		return false;
	rest.at += *pos;
	rest.len -= *pos;
	if (!urlencoded_next(&rest, &raw_name, &raw_value))
		return false;
	*pos = ctx->exchange->request.query.len - rest.len;
	*name = context_decode(ctx, raw_name);
	*value = context_decode(ctx, raw_value);
	return true;
}

/* The position is the line of the field, and the offset in it. */
bool
prong_next_cookie(struct prong_context *handle, size_t *pos, const char **name,
	const char **value)
{
	enum { LINE_BITS = sizeof(size_t) * 4 };
	const size_t mask = ((size_t)1 << LINE_BITS) - 1;
	struct context *ctx = check_call(handle, __func__, pos, name, value);
	struct span line, found_name, found_value;
	size_t number, offset;

	if (ctx == NULL)
		return false;
	number = *pos >> LINE_BITS;
	offset = *pos & mask;
	for (;; number++, offset = 0) {
		line = request_find(&ctx->exchange->request, SPAN("Cookie"),
			(unsigned)number);
		if (line.at == NULL)
			return false;
		if (cookie_next(line, &offset, &found_name, &found_value))
			break;
	}
	*pos = number << LINE_BITS | offset;
	*name = context_text(ctx, found_name);
	*value = context_text(ctx, found_value);
	return true;
}

/* ---- numbers ------------------------------------------------------------ */

static bool
read_integer(const char *text, int64_t *out)
{
	char *end;

	if (*text != '-' && (*text < '0' || *text > '9'))
		return false;
	errno = 0;
	*out = strtoll(text, &end, 10);
	return errno == 0 && *end == '\0' && end != text;
}

int
prong_query_int(struct prong_context *handle, const char *name, int64_t *out,
	int64_t least, int64_t most)
{
	struct context *ctx = context_find(handle, __func__);
	const char *text;
	int64_t number;

	if (ctx == NULL)
		return -1;
	if (name == NULL || out == NULL || least > most)
		return context_misuse(ctx, __func__,
			"the name or the result is NULL, or least is above "
			"most");
	text = prong_query_value(handle, name, 0);
	if (text == NULL)
		return 0;
	if (read_integer(text, &number) && number >= least && number <= most) {
		*out = number;
		return 0;
	}
	prong_problem(handle, 400,
		"The parameter %s is not a whole number from %" PRId64
		" to %" PRId64 ".",
		name, least, most);
	errno = EBADMSG;
	return -1;
}

/* ---- the origin ---------------------------------------------------------- */

/* Returns ":8443" of the Host field; empty for none and for the default port.
 */
static struct span
find_port(const struct exchange *x)
{
	struct span host = request_value(&x->request, FIELD_HOST);
	struct span standard = x->is_https ? SPAN(":443") : SPAN(":80");
	size_t len = host.len;

	while (host.at != NULL && len > 0 && host.at[len - 1] >= '0' &&
		host.at[len - 1] <= '9')
		len--;
	if (host.at == NULL || len == host.len || len == 0 ||
		host.at[len - 1] != ':')
		return SPAN("");
	host = (struct span){ host.at + len - 1, host.len - len + 1 };
	return span_is(host, standard) ? SPAN("") : host;
}

const char *
prong_origin(struct prong_context *handle)
{
	struct context *ctx = context_find(handle, __func__);
	struct span port;
	char *text;

	if (ctx == NULL)
		return "";
	port = find_port(ctx->exchange);
	text = exchange_alloc(
		ctx->exchange, ctx->exchange->request.host.len + port.len + 9);
	if (text == NULL)
		return "";
	sprintf(text, "%s://%s%.*s", prong_scheme(handle), prong_host(handle),
		(int)port.len, port.at);
	return text;
}
