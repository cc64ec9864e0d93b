/*
 * A table by path; routes of one directory share its descriptor.
 * SPDX-License-Identifier: MIT
 */
#include "supervise/resources.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/conf.h"
#include "config/errors.h"
#include "config/json_position.h"
#include "config/text.h"
#include "supervise/opener.h"

/* ---- the table ---------------------------------------------------------- */

struct need {
	const struct conf_route *route;
	unsigned number;
};

static int
by_path(const void *a, const void *b)
{
	const struct need *x = a, *y = b;
	int order = strcmp(x->route->files.root, y->route->files.root);

	return order != 0 ? order
			  : (x->number > y->number) - (x->number < y->number);
}

static size_t
count_routes(const struct conf *conf)
{
	size_t n = 0;

	for (size_t i = 0; i < conf->nsites; i++)
		n += conf->sites[i].nroutes;
	return n;
}

/* Those of routes with a root, in the order of their paths. */
static size_t
find_needs(const struct conf *conf, struct need *needs)
{
	unsigned number = 0;
	size_t n = 0;

	for (size_t i = 0; i < conf->nsites; i++)
		for (size_t j = 0; j < conf->sites[i].nroutes; j++, number++) {
			const struct conf_route *r = &conf->sites[i].routes[j];

			if (r->kind == CONF_ROUTE_ROOT)
				needs[n++] = (struct need){ r, number };
		}
	if (n > 0)
		qsort(needs, n, sizeof(*needs), by_path);
	return n;
}

static void
add(struct resources *r, const struct need *need)
{
	const char *path = need->route->files.root;

	if (r->count == 0 || strcmp(r->all[r->count - 1].path, path) != 0)
		r->all[r->count++] = (struct resource){ .path = path,
			.route = need->route,
			.root.fd = -1,
			.error = EINPROGRESS };
	r->resource_of[need->number] = (unsigned)(r->count - 1);
}

/* For so many routes; NULL: no memory. */
static struct resources *
allocate(struct conf *conf, size_t n)
{
	struct resources *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	*r = (struct resources){ .refs = 1,
		.conf = conf_hold(conf),
		.all = calloc(n + 1, sizeof(*r->all)),
		.routes = calloc(n + 1, sizeof(*r->routes)),
		.nroutes = n,
		.resource_of = calloc(n + 1, sizeof(*r->resource_of)) };
	if (r->all != NULL && r->routes != NULL && r->resource_of != NULL)
		return r;
	resources_unref(r);
	return NULL;
}

struct resources *
resources_new(struct conf *conf)
{
	size_t n = count_routes(conf), nneeds;
	struct need *needs = calloc(n + 1, sizeof(*needs));
	struct resources *r = needs == NULL ? NULL : allocate(conf, n);

	if (r == NULL) {
		free(needs);
		return NULL;
	}
	for (size_t i = 0; i < n; i++) {
		r->routes[i].root.fd = -1;
		r->resource_of[i] = UINT_MAX;
	}
	nneeds = find_needs(conf, needs);
	for (size_t i = 0; i < nneeds; i++)
		add(r, &needs[i]);
	free(needs);
	return r;
}

struct resources *
resources_ref(struct resources *r)
{
	r->refs++;
	return r;
}

void
resources_unref(struct resources *r)
{
	if (r == NULL || --r->refs > 0)
		return;
	for (size_t i = 0; i < r->count; i++)
		if (r->all[i].root.fd != -1 && !r->all[i].is_shared)
			close(r->all[i].root.fd);
	conf_free(r->conf);
	free(r->all);
	free(r->routes);
	free(r->resource_of);
	free(r);
}

void
resources_fill(const struct resources *r, struct heritage *h)
{
	if (r == NULL)
		return;
	h->routes = r->routes;
	h->nroutes = r->nroutes;
	h->nopened = r->nopened;
}

void
resource_open(struct resource *r)
{
	r->error = 0;
	if (directory_open(&r->root, r->path) == -1 ||
		directory_identify(&r->root, &r->id) == -1)
		r->error = errno;
	if (r->error != 0 && r->root.fd != -1) {
		close(r->root.fd);
		r->root.fd = -1;
	}
}

/* One path may be a link to another's directory. */
static const struct resource *
find_same(const struct resources *r, const struct directory_id *id)
{
	for (size_t i = 0; i < r->count; i++)
		if (r->all[i].error == 0 && r->all[i].root.fd != -1 &&
			directory_is_same(&r->all[i].id, id))
			return &r->all[i];
	return NULL;
}

void
resources_set(struct resources *r, size_t i, struct resource *opened)
{
	const struct resource *same = NULL;

	if (opened->error == 0)
		same = find_same(r, &opened->id);
	if (same != NULL) {
		close(opened->root.fd);
		opened->root = same->root;
	}
	r->all[i].is_shared = same != NULL;
	r->all[i].root = opened->root;
	r->all[i].error = opened->error;
	r->all[i].id = opened->id;
	r->nopened += opened->error == 0 && same == NULL;
}

void
resources_settle(struct resources *r)
{
	for (size_t i = 0; i < r->nroutes; i++)
		if (r->resource_of[i] != UINT_MAX)
			r->routes[i].root = r->all[r->resource_of[i]].root;
}

/* ---- complaints --------------------------------------------------------- */

static void
complain(struct config_errors *c, const struct resource *r, const char *user,
	struct json_position at)
{
	const struct conf_route *route = r->route;
	char key[64] = "";

	if (at.line != 0)
		snprintf(key, sizeof(key),
			"sites[%u].routes[%u].root: ", route->site,
			route->number);
	if (r->error == ENOENT && key[0] != '\0')
		config_errors_add(c, at,
			"%s%s: no such directory; create it or correct the "
			"path",
			key, r->path);
	else if (r->error == ENOTDIR)
		config_errors_add(c, at, "%s%s: not a directory", key, r->path);
	else if (r->error == ETIMEDOUT)
		config_errors_add(c, at,
			"%s%s: no answer in %d s; does the disk or the file "
			"server behind it hang?",
			key, r->path, OPENER_LIMIT);
	else if (r->error == EACCES)
		config_errors_add(c, at,
			"%s%s: %s; %s must be able to enter it", key, r->path,
			strerror(r->error), user == NULL ? "this user" : user);
	else if (r->error == EMFILE || r->error == ENFILE)
		config_errors_add(c, at,
			"%s%s: %s; raise the limit (ulimit -n, LimitNOFILE)",
			key, r->path, strerror(r->error));
	else
		config_errors_add(
			c, at, "%s%s: %s", key, r->path, strerror(r->error));
}

/* Line 0 when there is no text. */
static struct json_position
find_position(const struct config_text *text, const struct conf_route *route)
{
	const struct json_step steps[] = {
		{ .key = "sites" },
		{ .index = route->site },
		{ .key = "routes" },
		{ .index = route->number },
		{ .key = "root" },
	};
	size_t offset;

	if (text->len == 0)
		return (struct json_position){ 0, 0 };
	offset = json_position_offset(text->plain, text->len, steps,
		sizeof(steps) / sizeof(steps[0]), JSON_POSITION_VALUE);
	return json_position_find(text->bytes, text->len, offset);
}

/* The file is read once more, for the positions alone. */
static void
open_text(struct config_text *text, const char *file)
{
	struct config_errors unused;
	json_t *value = NULL;

	*text = (struct config_text){ NULL, NULL, 0 };
	if (file == NULL)
		return;
	config_errors_init(&unused);
	if (config_text_open(text, file, &unused) == 0)
		value = config_text_parse(text, &unused);
	if (value == NULL) {
		config_text_fini(text);
		*text = (struct config_text){ NULL, NULL, 0 };
	}
	json_decref(value);
	config_errors_fini(&unused);
}

void
resources_complain(const struct resources *r, const struct config_text *text,
	struct config_errors *c)
{
	for (size_t i = 0; i < r->count; i++)
		if (r->all[i].error != 0 && r->all[i].error != EINPROGRESS)
			complain(c, &r->all[i], r->conf->user.name,
				find_position(text, r->all[i].route));
}

unsigned
resources_print_complaints(const struct resources *r, FILE *to)
{
	const char *file = r->conf->file;
	struct config_text text = { NULL, NULL, 0 };
	struct config_errors c;

	config_errors_init(&c);
	resources_complain(r, &text, &c);
	if (c.count > 0) {
		config_errors_fini(&c);
		config_errors_init(&c);
		open_text(&text, file);
		resources_complain(r, &text, &c);
		config_text_fini(&text);
	}
	config_errors_print(&c, file == NULL ? "prong" : file, to);
	config_errors_fini(&c);
	return c.count;
}
