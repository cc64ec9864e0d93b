/*
 * Candidates are paths below the root, as route_rest() gives them; what they
 * are is known to the cache, misses too.
 * SPDX-License-Identifier: MIT
 */
#include "lookup.h"

#include <stdlib.h>

#include "cold.h"
#include "common/template.h"
#include "exchange.h"
#include "file.h"
#include "listing.h"
#include "site.h"

/* A directory: its index file, or its listing where the route has one. */
static int
find_directory(struct exchange *x, struct span rest, struct file **f)
{
	int status = cold_get(x, &x->route->docroot, rest, f);

	if (status == 403 && x->route->conf->listing != CONF_LISTING_OFF)
		return listing_get(x, rest, f);
	return status;
}

static bool
is_directory(struct span rest)
{
	return rest.len == 0 || rest.at[rest.len - 1] == '/';
}

static int
find_path(struct exchange *x, struct span rest, struct file **f)
{
	if (is_directory(rest))
		return find_directory(x, rest, f);
	return cold_get(x, &x->route->docroot, rest, f);
}

/* ---- try ---------------------------------------------------------------- */

static struct span
value_of(const struct pattern_parts *parts, struct span path, struct span name)
{
	const struct span *part = template_find(parts, name);

	return span_is(name, SPAN("path")) || part == NULL ? path : *part;
}

static size_t
expanded_length(const struct pattern_parts *parts, struct span path,
	const char *template)
{
	struct span rest = span_of(template);
	struct template_piece piece;
	size_t len = 0;

	while (template_next(&rest, &piece))
		len += piece.kind == TEMPLATE_TEXT
			       ? piece.text.len
			       : value_of(parts, path, piece.text).len;
	return len;
}

/* Appends; no slash at the front, and none behind another. */
static char *
put(const char *start, char *to, struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.at[i] != '/' || (to > start && to[-1] != '/'))
			*to++ = s.at[i];
	return to;
}

/* at is NULL: the memory is full. */
static struct span
expand(struct exchange *x, struct span path, const char *template)
{
	struct span rest = span_of(template);
	struct pattern_parts parts;
	struct template_piece piece;
	char *text, *to;

	route_parts(x->route, x->request.path, &parts);
	text = to = arena_alloc(
		&x->arena, expanded_length(&parts, path, template) + 1);
	if (text == NULL)
		return (struct span){ NULL, 0 };
	while (template_next(&rest, &piece))
		to = put(text, to,
			piece.kind == TEMPLATE_TEXT
				? piece.text
				: value_of(&parts, path, piece.text));
	return (struct span){ text, (size_t)(to - text) };
}

/* Is it the path, but for a '/' at its end? */
static bool
lacks_slash(struct span path, struct span candidate)
{
	return candidate.len == path.len + 1 &&
	       memcmp(candidate.at, path.at, path.len) == 0;
}

/* As nginx's try_files: "/" at the end stands for directories, anything else
 * for files alone. */
static int
try_one(struct exchange *x, struct span path, const char *template,
	struct file **f)
{
	const struct conf_route *conf = x->route->conf;
	bool wants_directory = template[strlen(template) - 1] == '/';
	struct span candidate = expand(x, path, template);
	bool is_listed;
	int status;

	if (candidate.at == NULL)
		return 414;
	if (wants_directory != is_directory(candidate))
		return 404;
	status = cold_get(x, &x->route->docroot, candidate, f);
	is_listed = status == 403 && wants_directory &&
		    conf->listing != CONF_LISTING_OFF;
	if ((status == 0 || is_listed) && wants_directory &&
		lacks_slash(path, candidate)) {
		file_unref(*f);
		*f = NULL;
		return 301;
	}
	if (is_listed)
		return listing_get(x, candidate, f);
	return status == 301 || (status == 403 && wants_directory) ? 404
								   : status;
}

static int
try_all(struct exchange *x, struct span path, struct file **f)
{
	const char *const *template = x->route->conf->try;
	int status = 404;

	for (; *template != NULL && status == 404; template ++)
		status = **template == '='
				 ? (int)strtol(*template + 1, NULL, 10)
				 : try_one(x, path, *template, f);
	return status;
}

/* ---- one or the other --------------------------------------------------- */

/* Single-page applications: a page for what is no file, but only for who
 * asked for a page, so that a missing image stays a 404. */
static int
find_fallback(struct exchange *x, struct file **f)
{
	static const char vary[] = "Vary: Accept\r\n";
	struct span path = span_of(x->route->conf->fallback);
	struct span accept = request_value(&x->request, FIELD_ACCEPT);

	/* RFC 9110 12.5.5: a cache on the way must not give one to the other.
	 */
	if (memmem(x->more.at, x->more.len, vary, sizeof(vary) - 1) == NULL)
		x->more = arena_printf(&x->arena, "%.*s%s", (int)x->more.len,
			x->more.at, vary);
	if (accept.at == NULL ||
		memmem(accept.at, accept.len, "text/html", 9) == NULL)
		return 404;
	while (path.len > 0 && path.at[0] == '/')
		path = (struct span){ path.at + 1, path.len - 1 };
	return cold_get(x, &x->route->docroot, path, f);
}

int
lookup_find(struct exchange *x, struct file **f)
{
	struct span rest = route_rest(x->route, x->request.path);
	const char *const *try = x->route->conf->try;
	int status = try == NULL || *try == NULL ? find_path(x, rest, f)
						 : try_all(x, rest, f);

	if (status == 404 && x->route->conf->fallback != NULL)
		return find_fallback(x, f);
	return status;
}
