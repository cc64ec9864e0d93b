/*
 * Set-Cookie (RFC 6265 4.1.1; SameSite and the name prefixes as in RFC
 * 6265bis).
 * SPDX-License-Identifier: MIT
 */
#include <inttypes.h>
#include <stdio.h>

#include "api/abi2.h"
#include "api/context.h"
#include "api/module_response.h"
#include "api/module_table.h"
#include "conn/exchange.h"
#include "http/octet.h"

enum {
	/* bytes of name, value and attributes that browsers accept */
	MOST = 4096,
	AGE = 40, /* bytes of "; Max-Age=" and a number */
};

/* True for a cookie-value: cookie-octets, perhaps in quotes. */
static bool
is_cookie_value(const char *value)
{
	struct span s = span_of(value);

	if (s.len >= 2 && s.at[0] == '"' && s.at[s.len - 1] == '"')
		s = (struct span){ s.at + 1, s.len - 2 };
	for (size_t i = 0; i < s.len; i++)
		if (s.at[i] <= ' ' || s.at[i] >= 0x7f ||
			strchr("\",;\\", s.at[i]) != NULL)
			return false;
	return true;
}

/* True for an attribute value; NULL is fine. */
static bool
is_attribute_value(const char *text)
{
	for (; text != NULL && *text != '\0'; text++)
		if (*text < ' ' || *text >= 0x7f || *text == ';')
			return false;
	return true;
}

/* True for a host name, perhaps with a dot in front; NULL is fine. */
static bool
is_domain(const char *text)
{
	static const char host_octets[] = "abcdefghijklmnopqrstuvwxyz"
					  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
					  "0123456789-.";

	return text == NULL ||
	       (*text != '\0' && text[strspn(text, host_octets)] == '\0');
}

/* Returns the value of SameSite; NULL when it is not a known one. */
static const char *
same_site_value(const struct prong_cookie_options *o)
{
	static const char *const known[] = { "Lax", "Strict", "None" };

	if (o->same_site == NULL)
		return known[0];
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcasecmp(o->same_site, known[i]) == 0)
			return known[i];
	return NULL;
}

/* Browsers accept SameSite=None only with Secure. */
static bool
has_secure(const struct prong_cookie_options *o)
{
	return !o->is_insecure || strcmp(same_site_value(o), "None") == 0;
}

/*
 * Returns NULL, or what is wrong with the cookie: a browser would silently drop
 * it.
 */
static const char *
check_cookie(const char *name, const char *value,
	const struct prong_cookie_options *o)
{
	bool has_root = o->path != NULL && strcmp(o->path, "/") == 0;

	if (name == NULL || !octet_is_token(span_of(name)))
		return "the name is not a valid cookie name";
	if (value == NULL || !is_cookie_value(value))
		return "the value has spaces, quotes, commas, semicolons, "
		       "backslashes or bytes that are not ASCII";
	if (!is_attribute_value(o->path) || !is_attribute_value(o->domain))
		return "path or domain has a semicolon or control bytes";
	if (same_site_value(o) == NULL)
		return "same_site is not Lax, Strict or None";
	if (strncasecmp(name, "__Secure-", 9) == 0 && !has_secure(o))
		return "a cookie named __Secure- must be secure";
	if (strncasecmp(name, "__Host-", 7) == 0 &&
		(!has_secure(o) || !has_root || o->domain != NULL))
		return "a cookie named __Host- is secure, has path \"/\" and "
		       "no domain";
	return NULL;
}

/* Formats "; Max-Age=3600", or "" for a session cookie. */
static const char *
format_max_age(char *to, size_t size, const struct prong_cookie_options *o)
{
	int64_t age = o->max_age < 0 ? 0 : o->max_age;

	*to = '\0';
	if (o->max_age != 0)
		snprintf(to, size, "; Max-Age=%" PRId64, age);
	return to;
}

static int
set_cookie(struct context *ctx, const char *name, const char *value,
	const struct prong_cookie_options *o)
{
	char text[MOST + 1], age[AGE];
	const char *why;
	int len;

	why = check_cookie(name, value, o);
	if (why == NULL && o->path != NULL && o->path[0] != '/' &&
		!context_is_abi2(ctx))
		why = "browsers ignore a path that does not begin with '/'";
	if (why == NULL && !is_domain(o->domain) && !context_is_abi2(ctx))
		why = "the domain is not a host name";
	if (why != NULL)
		return context_misuse(ctx, "prong_set_cookie", why);
	len = snprintf(text, sizeof(text), "%s=%s%s%s%s%s%s; SameSite=%s%s%s",
		name, value, o->path == NULL ? "" : "; Path=",
		o->path == NULL ? "" : o->path,
		o->domain == NULL ? "" : "; Domain=",
		o->domain == NULL ? "" : o->domain,
		format_max_age(age, sizeof(age), o), same_site_value(o),
		has_secure(o) ? "; Secure" : "",
		o->is_readable ? "" : "; HttpOnly");
	if (len < 0 || len > MOST)
		return context_misuse(ctx, "prong_set_cookie",
			"the cookie is longer than browsers accept");
	return module_response_add_field(
		ctx, SPAN("Set-Cookie"), (struct span){ text, (size_t)len });
}

/* Modules know as many members as their header had. */
int
prong_set_cookie_sized(size_t size, struct prong_context *handle,
	const char *name, const char *value,
	const struct prong_cookie_options *options)
{
	struct context *ctx = module_response_find(handle, "prong_set_cookie");
	struct prong_cookie_options o = { 0 };

	if (ctx == NULL)
		return -1;
	if (options != NULL && !module_table_copy(&o, sizeof(o), options, size))
		return context_misuse(ctx, "prong_set_cookie",
			"the options have members that this server does not "
			"know");
	return set_cookie(ctx, name, value, &o);
}

/* Called by modules of PRONG_ABI 2. */
#undef prong_set_cookie
int
prong_set_cookie(struct prong_context *handle, const char *name,
	const char *value, const struct prong_cookie_options *options)
{
	return prong_set_cookie_sized(sizeof(struct abi2_cookie_options),
		handle, name, value, options);
}
