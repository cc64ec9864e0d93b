/*
 * Finds duplicates among neighbours after a sort.  The order of the file is
 * kept where it matters: the first site is the default.
 * SPDX-License-Identifier: MIT
 */
#include "config/validate_sites.h"

#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "common/pattern.h"
#include "config/read.h"
#include "config/validate_admin.h"
#include "config/validate_log.h"
#include "config/validate_paths.h"
#include "config/validate_proxy.h"
#include "config/validate_rate.h"
#include "config/validate_sandbox.h"

/* ---- cors ---------------------------------------------------------------- */

/*
 * Credentials with "*" would let a page of any origin act with the cookies of
 * the user.
 */
void
validate_cors(struct reader *r, const json_t *object, void *base)
{
	const struct conf_cors *cors = base;

	(void)object;
	if (!cors->credentials || cors->origins == NULL)
		return;
	for (const char *const *o = cors->origins; *o != NULL; o++)
		if (strcmp(*o, "*") == 0)
			reader_report(r, JSON_POSITION_VALUE,
				"\"credentials\" requires explicit "
				"origins instead of \"*\"");
}

/* ---- a site -------------------------------------------------------------- */

static int
path_rank(const struct conf_route *r)
{
	return r->is_prefix ? 2 : r->pattern.at != NULL ? 1 : 0;
}

static int
compare_texts(struct span a, struct span b)
{
	if (a.len != b.len)
		return a.len > b.len ? -1 : 1;
	return a.len == 0 ? 0 : memcmp(a.at, b.at, a.len);
}

/*
 * Orders two patterns with the same literal start: the one with more text comes
 * first.
 */
static int
compare_patterns(struct span a, struct span b)
{
	size_t x = pattern_weight(a), y = pattern_weight(b);

	if (x != y)
		return x > y ? -1 : 1;
	return compare_texts(a, b);
}

/*
 * Orders routes: of paths that begin alike, exact before pattern before prefix;
 * longer before shorter.
 */
static int
compare_paths(const struct conf_route *a, const struct conf_route *b)
{
	int order = path_rank(a) - path_rank(b);

	if (order == 0)
		order = compare_texts(a->path, b->path);
	if (order == 0 && a->pattern.at != NULL)
		order = compare_patterns(a->pattern, b->pattern);
	return order;
}

/* For qsort(3).  Equal routes keep the order of the file. */
static int
compare_routes(const void *left, const void *right)
{
	const struct conf_route *a = *(const struct conf_route *const *)left;
	const struct conf_route *b = *(const struct conf_route *const *)right;
	int order = compare_paths(a, b);

	return order != 0 ? order : a < b ? -1 : 1;
}

static void
report_duplicate_path(struct reader *r, size_t first, size_t second)
{
	reader_enter(r, "routes");
	reader_enter_index(r, second);
	reader_report_at(r, "path", "the same path as routes[%zu]", first);
	reader_leave(r);
	reader_leave(r);
}

static void
sort_routes(struct reader *r, struct conf_site *site)
{
	const struct conf_route **order =
		reader_alloc(r, site->nroutes, sizeof(*order));
	struct conf_route *sorted =
		reader_alloc(r, site->nroutes, sizeof(*sorted));

	for (size_t i = 0; i < site->nroutes; i++)
		order[i] = &site->routes[i];
	qsort(order, site->nroutes, sizeof(*order), compare_routes);
	for (size_t i = 0; i < site->nroutes; i++) {
		sorted[i] = *order[i];
		if (i > 0 && sorted[i].path.at != NULL &&
			compare_paths(order[i - 1], order[i]) == 0)
			report_duplicate_path(r,
				(size_t)(order[i - 1] - site->routes),
				(size_t)(order[i] - site->routes));
	}
	site->routes = sorted;
}

static void
lowercase_hosts(struct conf_site *site)
{
	for (size_t i = 0; site->hosts[i] != NULL; i++)
		/* A copy of the configuration's own; only its readers see it
		 * as const. */
		for (char *p = (char *)site->hosts[i]; *p != '\0'; p++)
			*p = (char)tolower((unsigned char)*p);
}

static void
mark_limited(const struct conf_site *site)
{
	struct conf_route *all = (struct conf_route *)site->routes;

	for (size_t i = 0; i < site->nroutes; i++)
		all[i].is_limited = site->maintenance > 0 ||
				    site->rate.text != NULL ||
				    all[i].rate.text != NULL ||
				    site->in_flight > 0 || all[i].in_flight > 0;
}

void
validate_site(struct reader *r, const json_t *object, void *base)
{
	struct conf_site *site = base;

	(void)object;
	validate_rate_finish(&site->rate);
	mark_limited(site);
	if (site->nroutes > 0)
		sort_routes(r, site);
	if (site->hosts != NULL)
		lowercase_hosts(site);
}

/* ---- all sites ----------------------------------------------------------- */

struct host {
	const char *name;
	size_t site, order;
};

static int
compare_hosts(const void *left, const void *right)
{
	const struct host *a = left, *b = right;
	int order = strcmp(a->name, b->name);

	if (order != 0)
		return order;
	return a->order < b->order ? -1 : 1;
}

/*
 * Reports the host at its list, since elements with errors are not stored and
 * the index of an element may be off.
 */
static void
report_duplicate_host(
	struct reader *r, const struct host *first, const struct host *second)
{
	reader_enter(r, "sites");
	reader_enter_index(r, second->site);
	reader_report_at(r, "hosts",
		"\"%s\" is already a host of "
		"sites[%zu]",
		second->name, first->site);
	reader_leave(r);
	reader_leave(r);
}

static size_t
count_hosts(const struct conf *conf)
{
	size_t n = 0;

	for (size_t i = 0; i < conf->nsites; i++)
		for (size_t j = 0; conf->sites[i].hosts != NULL &&
				   conf->sites[i].hosts[j] != NULL;
			j++)
			n++;
	return n;
}

static void
collect_hosts(const struct conf *conf, struct host *all)
{
	size_t n = 0;

	for (size_t i = 0; i < conf->nsites; i++)
		for (size_t j = 0; conf->sites[i].hosts != NULL &&
				   conf->sites[i].hosts[j] != NULL;
			j++, n++)
			all[n] = (struct host){ conf->sites[i].hosts[j], i, n };
}

static void
check_duplicate_hosts(struct reader *r, const struct conf *conf)
{
	size_t n = count_hosts(conf);
	struct host *all;

	if (n == 0)
		return;
	all = reader_alloc(r, n, sizeof(*all));
	collect_hosts(conf, all);
	qsort(all, n, sizeof(*all), compare_hosts);
	for (size_t i = 1; i < n; i++)
		if (strcmp(all[i - 1].name, all[i].name) == 0)
			report_duplicate_host(r, &all[i - 1], &all[i]);
}

/* Reports sites without hosts but the first: no request would reach them. */
static void
check_default_sites(
	struct reader *r, const struct conf *conf, const json_t *sites)
{
	size_t first = conf->nsites;

	for (size_t i = 0; i < conf->nsites; i++) {
		const json_t *site = json_array_get(sites, i);

		if (!json_is_object(site) ||
			json_array_size(json_object_get(site, "hosts")) > 0)
			continue;
		if (first == conf->nsites) {
			first = i;
			continue;
		}
		reader_enter(r, "sites");
		reader_enter_index(r, i);
		reader_report(r, JSON_POSITION_VALUE,
			"needs \"hosts\": only one site may have none, "
			"and sites[%zu] has none",
			first);
		reader_leave(r);
		reader_leave(r);
	}
}

void
validate_file(struct reader *r, const json_t *object, void *base)
{
	struct conf *conf = base;

	validate_admin_file(r, conf);
	validate_proxy_protocol(r, conf);
	validate_sandbox(r, conf);
	validate_logs(r, conf);
	validate_paths(r, conf);
	check_duplicate_hosts(r, conf);
	check_default_sites(r, conf, json_object_get(object, "sites"));
}
