/*
 * A template may name only parts of the path that its route has.  The host that
 * a redirect leads to can never be chosen by a client.
 * SPDX-License-Identifier: MIT
 */
#include "config/validate_route.h"

#include <assert.h>

#include <stdlib.h>
#include <string.h>

#include "common/pattern.h"
#include "common/template.h"
#include "config/read.h"
#include "config/validate_rate.h"

/* ---- templates ----------------------------------------------------------- */

/* Finds the parts that a template of the route may name besides the words. */
static void
list_parts(const struct conf_route *route, struct pattern_parts *parts)
{
	parts->count = 0;
	if (route->pattern.at != NULL)
		pattern_names(route->pattern, parts);
	else if (route->is_prefix)
		pattern_names(SPAN("/*"), parts);
}

static bool
is_word(struct span name, const char *const *words)
{
	for (; *words != NULL; words++)
		if (span_is(name, span_of(*words)))
			return true;
	return false;
}

/* Checks a template, which is the current value of the reader. */
static void
check_template(struct reader *r, const struct conf_route *route,
	const char *text, const char *const *words)
{
	struct span rest = span_of(text);
	struct template_piece piece;
	struct pattern_parts parts;

	list_parts(route, &parts);
	while (template_next(&rest, &piece)) {
		if (piece.kind == TEMPLATE_TEXT || is_word(piece.text, words) ||
			template_find(&parts, piece.text) != NULL)
			continue;
		if (piece.text.len == 0)
			reader_report(r, JSON_POSITION_VALUE,
				"'$' must be followed by a name or a "
				"digit; \"$$\" is a dollar sign");
		else
			reader_report(r, JSON_POSITION_VALUE,
				"\"$%.*s\" is undefined: the path has no "
				"such wildcard",
				(int)piece.text.len, piece.text.at);
	}
}

/* ---- redirect ------------------------------------------------------------ */

/* Returns the length of a leading "https://", or 0. */
static size_t
scheme_length(struct span s)
{
	const char *end = memmem(s.at, s.len, "://", 3);

	if (end == NULL || end == s.at ||
		memchr(s.at, '/', (size_t)(end - s.at)) != NULL)
		return 0;
	return (size_t)(end - s.at) + 3;
}

/* Skips the "://" behind "$scheme"; false if it is not there. */
static bool
skip_colon(struct span *s)
{
	if (s->len < 3 || memcmp(s->at, "://", 3) != 0)
		return false;
	*s = (struct span){ s->at + 3, s->len - 3 };
	return true;
}

/*
 * True if the target is a path, or its host is literal text or the host that
 * the client requested.
 */
static bool
has_fixed_host(struct span rest)
{
	struct template_piece piece;
	bool is_first = true, has_scheme = false;

	for (; template_next(&rest, &piece); is_first = false) {
		struct span s = piece.text;

		if (piece.kind == TEMPLATE_NAME && is_first &&
			span_is(s, SPAN("scheme"))) {
			has_scheme = true;
			continue;
		}
		if (has_scheme && !skip_colon(&s))
			return false;
		has_scheme = false;
		if (s.len == 0)
			continue;
		if (piece.kind == TEMPLATE_NAME && span_is(s, SPAN("path")))
			return true;
		if (piece.kind == TEMPLATE_NAME &&
			(is_first || !span_is(s, SPAN("host"))))
			return false;
		if (piece.kind == TEMPLATE_NAME)
			continue;
		if (is_first && s.at[0] == '/' && (s.len < 2 || s.at[1] != '/'))
			return true;
		if (is_first && scheme_length(s) == 0)
			return false;
		if (is_first)
			s = (struct span){ s.at + scheme_length(s),
				s.len - scheme_length(s) };
		if (s.len > 0 && (memchr(s.at, '/', s.len) != NULL ||
					 memchr(s.at, '?', s.len) != NULL))
			return true;
	}
	return !is_first && !has_scheme;
}

static void
check_redirect(struct reader *r, const struct conf_route *route)
{
	static const char *const words[] = { "path", "host", "scheme", NULL };

	if (route->redirect.target == NULL || route->path.at == NULL)
		return;
	reader_enter(r, "redirect");
	check_template(r, route, route->redirect.target, words);
	if (!has_fixed_host(span_of(route->redirect.target)))
		reader_report(r, JSON_POSITION_VALUE,
			"must begin with a path, like \"/new/$1\", or a host, "
			"like \"https://example.com/$1\"");
	reader_leave(r);
}

/* ---- try ----------------------------------------------------------------- */

static void
check_try(struct reader *r, const struct conf_route *route)
{
	static const char *const words[] = { "path", NULL };

	if (route->files.try == NULL || route->path.at == NULL)
		return;
	reader_enter(r, "try");
	for (size_t i = 0; route->files.try[i] != NULL; i++) {
		reader_enter_index(r, i);
		check_template(r, route, route->files.try[i], words);
		if (route->files.try[i][0] == '=' &&
			route->files.try[i + 1] != NULL)
			reader_report(r, JSON_POSITION_VALUE,
				"a status must be the last element");
		reader_leave(r);
	}
	reader_leave(r);
}

/* ---- return -------------------------------------------------------------- */

static void
check_return(struct reader *r, const struct conf_route *route)
{
	int64_t status = route->fixed.status;

	if (status / 100 == 3)
		reader_report_at(r, "return",
			"must not be 300 to 399; see \"redirect\"");
	else if (status == 206)
		reader_report_at(r, "return",
			"must not be 206: a fixed response has no ranges");
	else if (status == 204 && route->fixed.text != NULL)
		reader_report_at(r, "text",
			"must not be given with status 204, which has no "
			"content");
}

/* ---- a route ------------------------------------------------------------- */

static enum conf_route_kind
find_kind(const json_t *object)
{
	if (reader_has(object, "root"))
		return CONF_ROUTE_ROOT;
	if (reader_has(object, "redirect"))
		return CONF_ROUTE_REDIRECT;
	if (reader_has(object, "return"))
		return CONF_ROUTE_RETURN;
	return CONF_ROUTE_MODULE;
}

/* nginx reads "/" as a prefix. */
static void
warn_of_directory(struct reader *r, const struct conf_route *route)
{
	struct span path = route->path;

	if (route->kind != CONF_ROUTE_ROOT || route->is_prefix ||
		route->pattern.at != NULL || path.len == 0 ||
		path.at[path.len - 1] != '/')
		return;
	reader_enter(r, "path");
	reader_warn(r,
		"matches \"%.*s\" alone; \"%.*s*\" matches all that is below "
		"it",
		(int)path.len, path.at, (int)path.len, path.at);
	reader_leave(r);
}

/* r is at sites[...].routes[...]. */
static void
keep_place(const struct reader *r, struct conf_route *route)
{
	enum { SITE = 1, ROUTE = 3, STEPS };

	assert(r->nsteps == STEPS);
	route->site = (unsigned)r->steps[SITE].index;
	route->number = (unsigned)r->steps[ROUTE].index;
}

void
validate_route(struct reader *r, const json_t *object, void *base)
{
	struct conf_route *route = base;
	int n = reader_has(object, "root") + reader_has(object, "redirect") +
		reader_has(object, "return") + reader_has(object, "module");

	if (n != 1)
		reader_report(r, JSON_POSITION_VALUE,
			"needs exactly one of \"root\", \"redirect\", "
			"\"return\" and \"module\"; this has %s",
			n == 0 ? "none" : "several");
	route->kind = find_kind(object);
	keep_place(r, route);
	validate_rate_finish(&route->rate);
	check_redirect(r, route);
	check_try(r, route);
	warn_of_directory(r, route);
	if (route->kind == CONF_ROUTE_RETURN)
		check_return(r, route);
}
