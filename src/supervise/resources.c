/*
 * A table sorted by kind and name.
 * SPDX-License-Identifier: MIT
 */
#include "supervise/resources.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/change_counts.h"
#include "common/conf.h"

/* ---- the table ----------------------------------------------------------- */

struct need {
	enum resource_kind kind;
	const char *name;
	const struct conf_route *route;
	unsigned number;
};

static int
compare_needs(const void *a, const void *b)
{
	const struct need *x = a, *y = b;
	int order = x->kind != y->kind ? (x->kind > y->kind ? 1 : -1)
				       : strcmp(x->name, y->name);

	return order != 0 ? order
			  : (x->number > y->number) - (x->number < y->number);
}

_Static_assert(RESOURCE_ROOT == 0, "the table begins with the roots");

static size_t
count_routes(const struct conf *conf)
{
	size_t n = 0;

	for (size_t i = 0; i < conf->nsites; i++)
		n += conf->sites[i].nroutes;
	return n;
}

static size_t
find_needs_of_route(
	const struct conf_route *r, unsigned number, struct need *needs)
{
	size_t n = 0;

	/* A name is missing where the configuration has errors. */
	if (r->kind == CONF_ROUTE_ROOT && r->files.root != NULL)
		needs[n++] = (struct need){ RESOURCE_ROOT, r->files.root, r,
			number };
	if (r->kind == CONF_ROUTE_MODULE && r->module.name != NULL)
		needs[n++] = (struct need){ RESOURCE_MODULE, r->module.name, r,
			number };
	if (r->auth.file != NULL)
		needs[n++] = (struct need){ RESOURCE_USERS, r->auth.file, r,
			number };
	return n;
}

static size_t
find_needs(const struct conf *conf, struct need *needs)
{
	unsigned number = 0;
	size_t n = 0;

	for (size_t i = 0; i < conf->nsites; i++)
		for (size_t j = 0; j < conf->sites[i].nroutes; j++)
			n += find_needs_of_route(
				&conf->sites[i].routes[j], number++, needs + n);
	if (n > 0)
		qsort(needs, n, sizeof(*needs), compare_needs);
	return n;
}

static void
add_need(struct resources *r, const struct need *need)
{
	const struct resource *last =
		r->count == 0 ? NULL : &r->all[r->count - 1];

	if (last == NULL || last->kind != need->kind ||
		strcmp(last->name, need->name) != 0)
		r->all[r->count++] = (struct resource){ .kind = need->kind,
			.name = need->name,
			.route = need->route,
			.root.fd = -1,
			.error = EINPROGRESS };
	r->resource_of[need->number].by_kind[need->kind] =
		(unsigned)(r->count - 1);
}

/* Returns NULL if there is no memory. */
static struct resources *
allocate_table(struct conf *conf, size_t n)
{
	struct resources *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	*r = (struct resources){ .refs = 1,
		.conf = conf_hold(conf),
		.all = calloc(RESOURCE_KINDS * n + 1, sizeof(*r->all)),
		.routes = calloc(n + 1, sizeof(*r->routes)),
		.nroutes = n,
		.resource_of = calloc(n + 1, sizeof(*r->resource_of)),
		.by_id.size = 2 * n + 1 };
	r->by_id.all = calloc(r->by_id.size, sizeof(*r->by_id.all));
	if (r->all != NULL && r->routes != NULL && r->resource_of != NULL &&
		r->by_id.all != NULL)
		return r;
	resources_unref(r);
	return NULL;
}

static const struct heritage_route no_route = { .root.fd = -1,
	.module.fd = -1,
	.users.fd = -1 };

struct resources *
resources_new(struct conf *conf)
{
	size_t n = count_routes(conf), nneeds;
	struct need *needs = calloc(RESOURCE_KINDS * n + 1, sizeof(*needs));
	struct resources *r = needs == NULL ? NULL : allocate_table(conf, n);

	if (r == NULL) {
		free(needs);
		return NULL;
	}
	for (size_t i = 0; i < n; i++) {
		r->routes[i] = no_route;
		for (int kind = 0; kind < RESOURCE_KINDS; kind++)
			r->resource_of[i].by_kind[kind] = UINT_MAX;
	}
	nneeds = find_needs(conf, needs);
	for (size_t i = 0; i < nneeds; i++)
		add_need(r, &needs[i]);
	free(needs);
	return r;
}

struct resources *
resources_ref(struct resources *r)
{
	r->refs++;
	return r;
}

static void
close_resource(struct resource *r)
{
	if (r->root.fd != -1 && !r->is_shared)
		close(r->root.fd);
	free(r->path);
}

void
resources_unref(struct resources *r)
{
	if (r == NULL || --r->refs > 0)
		return;
	for (size_t i = 0; i < r->count; i++)
		close_resource(&r->all[i]);
	conf_free(r->conf);
	free(r->all);
	free(r->routes);
	free(r->resource_of);
	free(r->by_id.all);
	free(r);
}

/* ---- what was opened ----------------------------------------------------- */

void
resource_open_root(struct resource *r)
{
	r->error = 0;
	if (directory_open(&r->root, r->name) == 0 &&
		directory_identify(&r->root, &r->id) == 0)
		return;
	r->error = errno;
	if (r->root.fd != -1)
		close(r->root.fd);
	r->root.fd = -1;
}

static size_t
hash_id(const struct directory_id *id)
{
	return (size_t)change_counts_root(id);
}

static bool
is_open_root(const struct resource *r)
{
	return r->kind == RESOURCE_ROOT && r->error == 0 && r->root.fd != -1;
}

/* One path may be a symbolic link to the directory of another. */
static const struct resource *
find_same_directory(const struct resources *r, const struct resource *of)
{
	size_t at = hash_id(&of->id);

	if (!is_open_root(of))
		return NULL;
	for (size_t n = 0; n < r->by_id.size; n++, at++) {
		unsigned i = r->by_id.all[at % r->by_id.size];

		if (i == 0)
			break;
		/* One that was set again may be another now. */
		if (is_open_root(&r->all[i - 1]) &&
			directory_is_same(&r->all[i - 1].id, &of->id))
			return &r->all[i - 1];
	}
	return NULL;
}

/* Where there is no room, a directory is opened twice. */
static void
add_id(struct resources *r, size_t i)
{
	size_t at = hash_id(&r->all[i].id);

	if (!is_open_root(&r->all[i]))
		return;
	for (size_t n = 0; n < r->by_id.size; n++, at++) {
		unsigned *slot = &r->by_id.all[at % r->by_id.size];

		if (*slot != 0 && *slot != i + 1)
			continue;
		*slot = (unsigned)i + 1;
		return;
	}
}

void
resources_set(struct resources *r, size_t i, const struct resource *opened)
{
	struct resource *to = &r->all[i], new = *opened;
	const struct resource *same;

	new.kind = to->kind;
	new.name = to->name;
	new.route = to->route;
	new.is_known |= to->is_known;
	same = find_same_directory(r, &new);
	new.is_shared = same != NULL;
	if (same != NULL) {
		close(new.root.fd);
		new.root = same->root;
	}
	r->nopened += new.error == 0 && same == NULL;
	free(to->path);
	*to = new;
	add_id(r, i);
}

static void
settle_root(struct heritage_route *route, const struct resource *from)
{
	route->root = from->root;
	route->root_key = change_counts_root(&from->id);
}

static void
settle_route(struct resources *r, size_t i)
{
	struct heritage_route *route = &r->routes[i];

	for (int kind = 0; kind < RESOURCE_KINDS; kind++) {
		unsigned of = r->resource_of[i].by_kind[kind];
		const struct resource *from =
			of == UINT_MAX ? NULL : &r->all[of];

		if (from == NULL)
			continue;
		if (kind == RESOURCE_ROOT)
			settle_root(route, from);
		else if (kind == RESOURCE_MODULE)
			route->module = (struct heritage_file){ from->root.fd,
				from->path };
		else
			route->users = (struct heritage_file){ from->root.fd,
				from->path };
	}
}

void
resources_settle(struct resources *r)
{
	for (size_t i = 0; i < r->nroutes; i++)
		settle_route(r, i);
}

/* ---- a copy -------------------------------------------------------------- */

/* *to gets a descriptor and a path of its own.  0, or -1. */
static int
copy_resource(struct resource *to, const struct resource *from)
{
	*to = *from;
	to->path = from->path == NULL ? NULL : strdup(from->path);
	if (from->path != NULL && to->path == NULL)
		return -1;
	if (from->root.fd == -1)
		return 0;
	to->root.fd = fcntl(from->root.fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	if (to->root.fd != -1)
		return 0;
	free(to->path);
	return -1;
}

struct resources *
resources_copy(const struct resources *r, const struct resource *found)
{
	struct resources *new = resources_new(r->conf);
	struct resource one;

	for (size_t i = 0; new != NULL &&i < r->count; i++) {
		bool is_found = found[i].root.fd != -1;

		if (copy_resource(&one, is_found ? &found[i] : &r->all[i]) ==
			-1) {
			resources_unref(new);
			return NULL;
		}
		resources_set(new, i, &one);
	}
	if (new != NULL)
		resources_settle(new);
	return new;
}

/* ---- roots that hang ----------------------------------------------------- */

static int
compare_root(const void *name, const void *resource)
{
	const struct resource *r = resource;

	/* Roots come first. */
	return r->kind == RESOURCE_ROOT ? strcmp(name, r->name) : -1;
}

static const struct resource *
find_root(const struct resources *all, const char *name)
{
	return bsearch(
		name, all->all, all->count, sizeof(*all->all), compare_root);
}

static void
keep_if_hung(struct resources *r, size_t i, const struct resource *known)
{
	struct resource *to = &r->all[i], one;
	bool is_hung =
		to->error == ETIMEDOUT ||
		(to->error == EINPROGRESS && known->state == RESOURCE_HUNG);

	to->is_known = true;
	if (!is_hung || known->root.fd == -1 ||
		copy_resource(&one, known) == -1)
		return;
	one.is_known = true;
	one.state = RESOURCE_HUNG;
	resources_set(r, i, &one);
}

void
resources_keep_hung(struct resources *r, const struct resources *current)
{
	for (size_t i = 0; current != NULL && i < r->count; i++) {
		const struct resource *known =
			r->all[i].kind == RESOURCE_ROOT
				? find_root(current, r->all[i].name)
				: NULL;

		if (known != NULL)
			keep_if_hung(r, i, known);
	}
	resources_settle(r);
}

bool
resources_has_hung(const struct resources *r)
{
	for (size_t i = 0; i < r->count; i++)
		if (r->all[i].state == RESOURCE_HUNG)
			return true;
	return false;
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
