/*
 * Candidates are paths below the root, as route_rest() returns them. The file
 * cache holds both files and misses.
 * SPDX-License-Identifier: MIT
 */
#include "serve/try_files.h"

#include <assert.h>
#include <stdlib.h>

#include "common/template.h"
#include "conn/disk_wait.h"
#include "conn/exchange.h"
#include "file/file.h"
#include "file/file_cache.h"
#include "http/accept_media.h"
#include "serve/listing.h"
#include "serve/route_guard.h"
#include "serve/site.h"

static bool
names_directory(struct span rest)
{
	return rest.len == 0 || rest.at[rest.len - 1] == '/';
}

/* ---- directories --------------------------------------------------------- */

static struct span
index_path(struct exchange *x, struct span dir, const char *name)
{
	return arena_printf(&x->arena, "%.*s%s", (int)dir.len, dir.at, name);
}

/* True when a route refuses an index file that the directory may have. */
static bool
has_forbidden_index(struct exchange *x, struct span dir)
{
	const char *const *name = x->route->conf->files.index;

	if (!x->site->has_guards)
		return false;
	for (; name != NULL && *name != NULL; name++)
		if (route_guard_forbids(x, index_path(x, dir, *name)))
			return true;
	return false;
}

/* Returns 403 for a directory, or the status of the path. */
static int
check_directory(struct exchange *x, struct span dir, struct file **f)
{
	int status;

	if (dir.len == 0)
		return 403;
	dir.len--;
	status = disk_wait_get(x, &x->route->docroot, dir, f);
	if (status == 0) {
		file_unref(*f);
		*f = NULL;
		return 404;
	}
	return status == 301 ? 403 : status;
}

/* Finds the first index file that no route refuses. */
static int
find_allowed_index(struct exchange *x, struct span dir, struct file **f)
{
	const char *const *name = x->route->conf->files.index;
	int status;

	for (; *name != NULL; name++) {
		struct span path = index_path(x, dir, *name);

		if (route_guard_forbids(x, path))
			continue;
		status = disk_wait_get(x, &x->route->docroot, path, f);
		if (status != 404 && status != 301)
			return status;
	}
	return check_directory(x, dir, f);
}

static int
find_index(struct exchange *x, struct span dir, struct file **f)
{
	if (has_forbidden_index(x, dir))
		return find_allowed_index(x, dir, f);
	return disk_wait_get(x, &x->route->docroot, dir, f);
}

/*
 * Finds the index file of a directory, or its listing where the route has one.
 */
static int
find_directory(struct exchange *x, struct span rest, struct file **f)
{
	int status = find_index(x, rest, f);

	if (status == 403 && x->route->conf->files.listing != CONF_LISTING_OFF)
		return listing_get(x, rest, f);
	return status;
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
	assert(text != NULL);
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

	if (wants_directory != names_directory(candidate))
		return 404;
	if (route_guard_forbids(x, candidate))
		return 404;
	status = wants_directory
			 ? find_index(x, candidate, f)
			 : disk_wait_get(x, &x->route->docroot, candidate, f);
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
	if (route_guard_forbids(x, path))
		return 404;
	return disk_wait_get(x, &x->route->docroot, path, f);
}

/*
 * Returns 404 instead of the status of a directory that has neither an index
 * file nor a listing: to an application its path is a page like any other.
 */
static int
skip_bare_directory(
	struct exchange *x, struct span rest, int status, struct file **f)
{
	int found;

	if (status == 403 && names_directory(rest))
		return 404;
	if (status != 301 || x->route->conf->files.listing != CONF_LISTING_OFF)
		return status;
	found = find_index(x, index_path(x, rest, "/"), f);
	file_unref(*f);
	*f = NULL;
	return found == 403 ? 404 : found == FILE_CACHE_WAITS ? found : status;
}

int
try_files_find(struct exchange *x, struct file **f)
{
	const struct conf_files *files = &x->route->conf->files;
	struct span rest = route_rest(x->route, x->request.path);
	int status = files->try == NULL || *files->try == NULL
			     ? find_in_root(x, rest, f)
			     : try_templates(x, rest, f);
	int known = status;

	if (files->fallback == NULL)
		return status;
	status = skip_bare_directory(x, rest, status, f);
	if (status != 404)
		return status;
	status = find_fallback(x, f);
	return status == 404 ? known : status;
}
