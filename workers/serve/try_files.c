/*
 * Candidates are paths below the root, as route_rest() returns them. The file
 * cache holds both files and misses.
 * SPDX-License-Identifier: MIT
 */
#include "serve/try_files.h"

#include <stdlib.h>

#include "common/template.h"
#include "conn/disk_wait.h"
#include "conn/exchange.h"
#include "file/file.h"
#include "http/accept_media.h"
#include "serve/listing.h"
#include "serve/site.h"

/*
 * Finds the index file of a directory, or its listing where the route has one.
 */
static int
find_directory(struct exchange *x, struct span rest, struct file **f)
{
	int status = disk_wait_get(x, &x->route->docroot, rest, f);

	if (status == 403 && x->route->conf->files.listing != CONF_LISTING_OFF)
		return listing_get(x, rest, f);
	return status;
}

static bool
names_directory(struct span rest)
{
	return rest.len == 0 || rest.at[rest.len - 1] == '/';
}

static int
find_in_root(struct exchange *x, struct span rest, struct file **f)
{
	if (names_directory(rest))
		return find_directory(x, rest, f);
	return disk_wait_get(x, &x->route->docroot, rest, f);
}

/* ---- try ---------------------------------------------------------------- */

static struct span
variable_value(
	const struct pattern_parts *parts, struct span path, struct span name)
{
	const struct span *part = template_find(parts, name);

	return span_is(name, SPAN("path")) || part == NULL ? path : *part;
}

static size_t
measure_candidate(const struct pattern_parts *parts, struct span path,
	const char *template)
{
	struct span rest = span_of(template);
	struct template_piece piece;
	size_t len = 0;

	while (template_next(&rest, &piece))
		len += piece.kind == TEMPLATE_TEXT
			       ? piece.text.len
			       : variable_value(parts, path, piece.text).len;
	return len;
}

/* Appends s without a leading slash and without doubled ones. */
static char *
append_path(const char *start, char *to, struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.at[i] != '/' || (to > start && to[-1] != '/'))
			*to++ = s.at[i];
	return to;
}

/* Expands a template; at is NULL when the arena is at its limit. */
static struct span
expand_candidate(struct exchange *x, struct span path, const char *template)
{
	struct span rest = span_of(template);
	struct pattern_parts parts;
	struct template_piece piece;
	char *text, *to;

	route_parts(x->route, x->request.path, &parts);
	text = to = arena_alloc(
		&x->arena, measure_candidate(&parts, path, template) + 1);
	if (text == NULL)
		return (struct span){ NULL, 0 };
	while (template_next(&rest, &piece))
		to = append_path(text, to,
			piece.kind == TEMPLATE_TEXT
				? piece.text
				: variable_value(&parts, path, piece.text));
	return (struct span){ text, (size_t)(to - text) };
}

/* True when candidate is path with a '/' appended. */
static bool
lacks_slash(struct span path, struct span candidate)
{
	return candidate.len == path.len + 1 &&
	       memcmp(candidate.at, path.at, path.len) == 0;
}

/*
 * Tries one template. As in nginx's try_files, a '/' at its end selects
 * directories; without it only files are found.
 */
static int
try_template(struct exchange *x, struct span path, const char *template,
	struct file **f)
{
	const struct conf_route *conf = x->route->conf;
	bool wants_directory = template[strlen(template) - 1] == '/';
	struct span candidate = expand_candidate(x, path, template);
	bool is_listed;
	int status;

	if (candidate.at == NULL)
		return 414;
	if (wants_directory != names_directory(candidate))
		return 404;
	status = disk_wait_get(x, &x->route->docroot, candidate, f);
	is_listed = status == 403 && wants_directory &&
		    conf->files.listing != CONF_LISTING_OFF;
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
try_templates(struct exchange *x, struct span path, struct file **f)
{
	const char *const *template = x->route->conf->files.try;
	int status = 404;

	for (; *template != NULL && status == 404; template ++)
		status = **template == '='
				 ? (int)strtol(*template + 1, NULL, 10)
				 : try_template(x, path, *template, f);
	return status;
}

/* ---- fallback ----------------------------------------------------------- */

/*
 * Returns the fallback page, which single-page applications use, but only to
 * clients whose Accept names text/html, so that a missing image stays a 404.
 */
static int
find_fallback(struct exchange *x, struct file **f)
{
	const struct span vary = SPAN("Vary: Accept\r\n");
	struct span path = span_of(x->route->conf->files.fallback);
	struct span accept = request_list(&x->request, FIELD_ACCEPT, &x->arena);

	/* A shared cache must not give one variant to the other kind of client
	 * (RFC 9110 12.5.5). */
	if (memmem(x->extra_fields.at, x->extra_fields.len, vary.at,
		    vary.len) == NULL)
		exchange_add_fields(x, vary);
	if (accept_media_named(accept, SPAN("text/html")) == 0)
		return 404;
	while (path.len > 0 && path.at[0] == '/')
		path = (struct span){ path.at + 1, path.len - 1 };
	return disk_wait_get(x, &x->route->docroot, path, f);
}

int
try_files_find(struct exchange *x, struct file **f)
{
	struct span rest = route_rest(x->route, x->request.path);
	const char *const *try = x->route->conf->files.try;
	int status = try == NULL || *try == NULL ? find_in_root(x, rest, f)
						 : try_templates(x, rest, f);

	if (status == 404 && x->route->conf->files.fallback != NULL)
		return find_fallback(x, f);
	return status;
}
