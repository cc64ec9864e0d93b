/*
 * Routes are sorted by path, and each knows the longest other route that is a
 * prefix of it. The route of a path is the last one that does not sort after
 * it, or one of that route's parents. A pattern sorts by the text before its
 * first wildcard.
 * SPDX-License-Identifier: MIT
 */
#include "serve/site.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/error_text.h"
#include "common/heritage.h"
#include "common/mem.h"
#include "common/slot.h"
#include "file/disk.h"
#include "serve/auth.h"
#include "serve/module_service.h"
#include "serve/route_guard.h"
#include "serve/serve_state.h"
#include "serve/unreadable.h"

static bool
has_prefix(struct span text, struct span prefix)
{
	return text.len >= prefix.len &&
	       memcmp(text.at, prefix.at, prefix.len) == 0;
}

/* ---- at start ----------------------------------------------------------- */

static int
rank_route(const struct conf_route *r)
{
	return r->is_prefix ? 0 : r->pattern.at != NULL ? 1 : 2;
}

/*
 * Orders routes so that of those with the same path the exact one is tried
 * first, then the patterns in the order of the configuration, then the prefix;
 * the search runs backwards.
 */
static int
compare_routes(const void *a, const void *b)
{
	const struct conf_route *x = ((const struct route *)a)->conf;
	const struct conf_route *y = ((const struct route *)b)->conf;
	int order = span_compare(x->path, y->path);

	if (order == 0)
		order = rank_route(x) - rank_route(y);
	return order != 0 ? order : (x < y) - (x > y);
}

static void
find_parents(struct site *s)
{
	for (int i = 0; i < (int)s->nroutes; i++) {
		int p = i - 1;

		while (p >= 0 && !has_prefix(s->routes[i].conf->path,
					 s->routes[p].conf->path))
			p = s->routes[p].parent;
		s->routes[i].parent = p;
	}
}

/* What the master has opened is inherited; without a master it is opened
 * here. */
static int
open_root(struct route *r, struct worker *w, char *why, size_t size)
{
	const struct heritage_route *inherited = w->heritage->routes;
	const char *root = r->conf->files.root;
	const char *user = w->conf->user.name;
	char text[ERROR_TEXT_ERRNO];

	if (inherited != NULL) {
		docroot_inherit(&r->docroot, &inherited[r->number].root,
			r->conf, w->conf->media_types, r->number);
		r->docroot.root_key = inherited[r->number].root_key;
		return 0;
	}
	if (docroot_open(&r->docroot, r->conf, w->conf->media_types, r->number,
		    &w->serve->sites.roots) == 0)
		return 0;
	if (errno == EMFILE || errno == ENFILE)
		snprintf(why, size, "cannot open root %s: %s", root,
			error_text_errno(errno, text, sizeof(text)));
	else
		snprintf(why, size,
			"cannot open root %s: %s; %s must be able to enter it",
			root, strerror(errno),
			user == NULL ? "this user" : user);
	return -1;
}

static int
open_route(struct route *r, struct worker *w, char *why, size_t size)
{
	const struct heritage_route *inherited = w->heritage->routes;
	const struct conf_route *conf = r->conf;

	if (conf->kind == CONF_ROUTE_ROOT && open_root(r, w, why, size) == -1)
		return -1;
	disk_add_device(w->disk, r->docroot.device);
	if (conf->auth.file == NULL)
		return 0;
	r->auth = auth_open(&conf->auth,
		inherited == NULL ? NULL : &inherited[r->number].users, why,
		size);
	return r->auth == NULL ? -1 : 0;
}

/* True if this worker, a replacement, may serve without the route. */
static bool
leave_out(struct route *r, struct worker *w, const char *why)
{
	char text[CONF_ROUTE_TEXT];

	if (!w->heritage->leniency.is_on)
		return false;
	log_errx(&w->log, "route %s is unavailable, its requests get 503: %s",
		conf_route_text(r->conf, text, sizeof(text)), why);
	r->is_unavailable = true;
	w->serve->sites.nunavailable++;
	return true;
}

static bool
is_limited(const struct conf *conf, const struct conf_route *route)
{
	return route->is_limited || conf->limits.client_in_flight > 0 ||
	       conf->timeouts.queue > 0;
}

static bool
is_plain(const struct route *r)
{
	const struct conf_route *conf = r->conf;
	bool has_cors =
		conf->cors.origins != NULL && conf->cors.origins[0] != NULL;

	return !r->is_limited && !has_cors && conf->auth.file == NULL &&
	       conf->allow.count == 0 && conf->deny.count == 0 &&
	       !conf->deny.has_unix;
}

static int
open_site(struct site *s, struct worker *w, unsigned *number, char *why,
	size_t size)
{
	s->routes = mem_calloc(s->conf->nroutes, sizeof(*s->routes));
	while (s->nroutes < s->conf->nroutes) {
		struct route *r = &s->routes[s->nroutes];

		r->conf = &s->conf->routes[s->nroutes++];
		r->is_limited = is_limited(w->conf, r->conf);
		r->is_plain = is_plain(r);
		s->has_guards |= route_guard_is(r->conf);
		r->docroot.root.fd = -1;
		header_rules_init(
			&r->headers, &s->conf->headers, &r->conf->headers);
		r->number = (*number)++;
		if (open_route(r, w, why, size) == -1 && !leave_out(r, w, why))
			return -1;
	}
	return 0;
}

static void
sort_routes(struct site *s)
{
	qsort(s->routes, s->nroutes, sizeof(*s->routes), compare_routes);
	for (size_t i = 0; i < s->nroutes; i++)
		s->routes[i].docroot.headers = &s->routes[i].headers;
	find_parents(s);
}

static void
add_hosts(struct site_table *t, const struct site *s)
{
	for (const char *const *h = s->conf->hosts; h != NULL && *h != NULL;
		h++)
		site_host_add(t, s, *h);
}

static bool
is_for_any_host(const struct conf_site *conf)
{
	return conf->hosts == NULL || conf->hosts[0] == NULL;
}

/* `prong DIR` of root: the user of the workers is none that was chosen. */
static void
warn_of_unreadable(const struct site_table *t, struct worker *w)
{
	const struct heritage *h = w->heritage;

	if (w->conf->file == NULL && w->conf->user.name != NULL &&
		h->index == 0 && h->generation == 1 &&
		t->sites[0].routes[0].docroot.root.fd != -1)
		unreadable_warn(&t->sites[0].routes[0].docroot,
			w->conf->user.name, &w->log);
}

int
site_table_open(struct site_table *t, struct worker *w, char *why, size_t size)
{
	unsigned number = 0;

	*t = (struct site_table){ .modules = w->serve->modules };
	t->sites = mem_calloc(w->conf->nsites, sizeof(*t->sites));
	for (; t->nsites < w->conf->nsites; t->nsites++) {
		struct site *s = &t->sites[t->nsites];

		s->conf = &w->conf->sites[t->nsites];
		s->counters = w->heritage->site_counters == NULL
				      ? &w->slot->no_site
				      : &w->heritage->site_counters[t->nsites];
		if (t->any == NULL || is_for_any_host(s->conf))
			t->any = s;
		s->logs = access_logs_of_site(&w->serve->access, s->conf);
		header_rules_init(&s->headers, &s->conf->headers, NULL);
		add_hosts(t, s);
		if (open_site(s, w, &number, why, size) == -1) {
			t->nsites++;
			return -1;
		}
	}
	site_hosts_sort(t);
	warn_of_unreadable(t, w);
	return 0;
}

/* ---- modules: last, when the worker has all that is its own ---- */

static bool
is_skipped(const struct heritage *h, unsigned number)
{
	for (size_t i = 0; i < h->leniency.nskipped; i++)
		if (h->leniency.skipped[i] == number)
			return true;
	return false;
}

static int
load_module(struct route *r, struct worker *w, char *why, size_t size)
{
	const struct heritage_route *inherited = w->heritage->routes;

	if (is_skipped(w->heritage, r->number)) {
		snprintf(why, size,
			"module \"%s\": a worker ended while it was loaded and "
			"started",
			r->conf->module.name);
		return -1;
	}
	w->slot->loading = r->number + 1;
	r->module = w->serve->modules->load(w, r->conf,
		inherited == NULL ? NULL : &inherited[r->number].module, why,
		size);
	w->slot->loading = 0;
	return r->module == NULL ? -1 : 0;
}

static int
load_site(struct site *s, struct worker *w, char *why, size_t size)
{
	unsigned only = w->heritage->only_module;

	for (size_t i = 0; i < s->nroutes; i++) {
		struct route *r = &s->routes[i];

		if (r->conf->kind != CONF_ROUTE_MODULE || r->is_unavailable ||
			(only != 0 && only != r->number + 1))
			continue;
		if (load_module(r, w, why, size) == -1 && !leave_out(r, w, why))
			return -1;
	}
	sort_routes(s);
	return 0;
}

static bool
has_module(const struct site_table *t)
{
	for (size_t i = 0; i < t->nsites; i++)
		for (size_t j = 0; j < t->sites[i].nroutes; j++)
			if (t->sites[i].routes[j].module != NULL)
				return true;
	return false;
}

/* Warns at the start, not at the first upload of a large part of a form. */
static void
warn_of_temp_path(const struct site_table *t, struct worker *w)
{
	const char *path = w->conf->paths.temp;

	if (path != NULL && w->heritage->index == 0 && has_module(t) &&
		access(path, W_OK | X_OK) == -1)
		log_warn(&w->log,
			"temp_path %s: large parts of forms cannot be stored",
			path);
}

int
site_table_load_modules(
	struct site_table *t, struct worker *w, char *why, size_t size)
{
	for (size_t i = 0; i < t->nsites; i++)
		if (load_site(&t->sites[i], w, why, size) == -1)
			return -1;
	warn_of_temp_path(t, w);
	return 0;
}

void
site_table_fini(struct site_table *t)
{
	for (size_t i = 0; i < t->nsites; i++) {
		struct site *s = &t->sites[i];

		for (size_t j = 0; j < s->nroutes; j++) {
			if (s->routes[j].docroot.root.fd != -1)
				docroot_close(&s->routes[j].docroot);
			if (s->routes[j].module != NULL)
				t->modules->unload(s->routes[j].module);
			header_rules_fini(&s->routes[j].headers);
			auth_close(s->routes[j].auth);
		}
		header_rules_fini(&s->headers);
		free(s->routes);
	}
	roots_fini(&t->roots);
	free(t->sites);
	free(t->hosts);
	*t = (struct site_table){ 0 };
}

void
site_table_for_modules(struct site_table *t, void (*f)(struct module *))
{
	for (size_t i = 0; i < t->nsites; i++)
		for (size_t j = 0; j < t->sites[i].nroutes; j++)
			f(t->sites[i].routes[j].module);
}

/* ---- for each request --------------------------------------------------- */

/* Returns the index of the last route that does not sort after path, or -1. */
static int
find_last_candidate(const struct site *s, struct span path)
{
	size_t low = 0, high = s->nroutes;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (span_compare(s->routes[middle].conf->path, path) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return (int)low - 1;
}

bool
route_matches(const struct conf_route *r, struct span path)
{
	struct pattern_parts parts;

	if (r->pattern.at != NULL)
		return pattern_fits(r->pattern, path, &parts);
	return (r->path.len == path.len ||
		       (r->is_prefix && r->path.len < path.len)) &&
	       has_prefix(path, r->path);
}

const struct route *
route_find(const struct site *s, struct span path)
{
	int i = find_last_candidate(s, path);

	while (i >= 0 && !route_matches(s->routes[i].conf, path))
		i = s->routes[i].parent;
	return i < 0 ? NULL : &s->routes[i];
}

struct span
route_rest(const struct route *r, struct span path)
{
	size_t skip = r->conf->files.keep_prefix ? 0 : r->conf->path.len;

	while (skip > 0 && (!r->conf->is_prefix || skip > path.len) &&
		path.at[skip - 1] != '/')
		skip--;
	/* The slash after a prefix such as "/assets*" is not part of the
	 * rest. */
	while (skip < path.len && path.at[skip] == '/')
		skip++;
	return (struct span){ path.at + skip, path.len - skip };
}

void
route_parts(
	const struct route *r, struct span path, struct pattern_parts *parts)
{
	const struct conf_route *conf = r->conf;

	parts->count = 0;
	if (conf->pattern.at != NULL) {
		pattern_fits(conf->pattern, path, parts);
	} else if (conf->is_prefix) {
		parts->count = 1;
		parts->all[0].name = SPAN("");
		parts->all[0].value = (struct span){ path.at + conf->path.len,
			path.len - conf->path.len };
	}
}
