/*
 * prong_redirect() and prong_early_hint(): where the client should go.
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>

#include "api/context.h"
#include "api/module_response.h"
#include "common/conf.h"
#include "conn/exchange.h"
#include "http/octet.h"
#include "serve/relative_location.h"
#include "serve/site.h"

/*
 * Accepts a path or an http(s) URL. "//host" would lead to another host, and
 * browsers treat "/\host" like it.
 */
static bool
is_redirect_target(const char *target)
{
	static const char *const schemes[] = { "https://", "http://" };

	if (target[0] == '/')
		return target[1] != '/' && target[1] != '\\';
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		size_t len = strlen(schemes[i]);

		if (strncasecmp(target, schemes[i], len) == 0)
			return target[len] != '\0' && target[len] != '/';
	}
	return false;
}

static bool
has_control_bytes(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			return true;
	return false;
}

static size_t
count_url_bytes(const char *text)
{
	size_t n = 0;

	while (octet_is(text[n], OCTET_URL))
		n++;
	return n;
}

/*
 * Percent-encodes the bytes that are not allowed in a URL; existing escapes are
 * kept. A target without such bytes is returned as it is.
 */
static struct span
encode_location(struct exchange *x, const char *target)
{
	size_t plain = count_url_bytes(target);
	char *text, *to;

	if (target[plain] == '\0')
		return (struct span){ target, plain };
	text = exchange_alloc(x, plain + strlen(target + plain) * 3 + 1);
	if (text == NULL)
		return (struct span){ NULL, 0 };
	to = mempcpy(text, target, plain);
	for (target += plain; *target != '\0'; target++)
		to += octet_encode(to, *target, "!#$%&'()*+,-./:;=?@[]_~");
	return (struct span){ text, (size_t)(to - text) };
}

int
prong_redirect(struct prong_context *handle, int status, const char *target)
{
	struct context *ctx = context_find_open(handle, __func__);
	struct span location;

	if (ctx == NULL)
		return -1;
	if (status != 301 && status != 302 && status != 303 && status != 307 &&
		status != 308)
		return context_misuse(ctx, __func__,
			"the status is not 301, 302, 303, 307 or 308");
	if (target == NULL || has_control_bytes(target) ||
		!is_redirect_target(target))
		return context_misuse(ctx, __func__,
			"the target is neither a path nor an http or https "
			"URL");
	location = encode_location(ctx->exchange, target);
	if (location.at == NULL) {
		errno = ENOMEM;
		return -1;
	}
	location = relative_location(ctx->exchange, location);
	if (module_response_add_field(ctx, SPAN("Location"), location) == -1)
		return -1;
	module_response_send(ctx, status, SPAN(""), SPAN(""));
	return 0;
}

/* ---- early hints (RFC 8297) ---------------------------------------------- */

/*
 * Each hint takes an entry of the output's list, most of which the response
 * needs.
 */
enum { HINTS = 8 };

/* Makes the field; at is NULL when the request's memory is at its limit. */
static struct span
format_hint(struct exchange *x, struct span link)
{
	static const char start[] = "Link: ", end[] = "\r\n";
	char *field = exchange_alloc(x, sizeof(start) + link.len + sizeof(end));
	char *to;

	if (field == NULL)
		return (struct span){ NULL, 0 };
	to = mempcpy(field, start, sizeof(start) - 1);
	to = mempcpy(to, link.at, link.len);
	to = mempcpy(to, end, sizeof(end) - 1);
	return (struct span){ field, (size_t)(to - field) };
}

/*
 * True for clients that are known to take an interim response: browsers that
 * navigate to a page say so. Others, old proxies among them, take the 103 for
 * the response (RFC 8297 3), and HTTP/1.0 has none (RFC 9110 15.2).
 */
static bool
takes_hints(const struct exchange *x)
{
	return x->request.minor > 0 && x->route != NULL &&
	       x->route->conf->module.early_hints &&
	       span_is_nocase(
		       request_find(&x->request, SPAN("Sec-Fetch-Mode"), 0),
		       SPAN("navigate"));
}

int
prong_early_hint(struct prong_context *handle, const char *link)
{
	struct context *ctx = module_response_find(handle, __func__);
	struct exchange *x;
	struct span field;

	if (ctx == NULL)
		return -1;
	if (link == NULL || *link == '\0' || !module_response_is_value(link))
		return context_misuse(
			ctx, __func__, "the link is not a valid field value");
	x = ctx->exchange;
	if (!takes_hints(x))
		return 0;
	if (ctx->answer.nhints == HINTS)
		return context_misuse(ctx, __func__, "more than eight hints");
	field = format_hint(x, span_of(link));
	if (field.at == NULL) {
		errno = ENOMEM;
		return -1;
	}
	ctx->answer.nhints++;
	x->protocol->send_interim(x, 103, field);
	if (ctx->is_held)
		exchange_resume(x);
	return 0;
}
