/*
 * Checks the rows of a module's table and flattens its groups.
 * SPDX-License-Identifier: MIT
 */
#include "api/router_rows.h"

#include <stdio.h>
#include <stdlib.h>

#include "api/module_table.h"
#include "api/router_pattern.h"
#include "common/mem.h"

enum {
	GROUPS = 8, /* nesting limit; a group that contains itself has no end */
	PREFIX = ROUTER_PATTERN_LEN + 1,
};

struct reading {
	struct router_rows *rows;
	char *why;
	size_t size;
	const char *prefix;
	int abi;
	size_t route_size; /* from one row to the next */
	/* middleware of the module, then of each group */
	prong_handler *const *uses[GROUPS + 2];
	unsigned nuses;
};

static int
refuse_route(const struct reading *r, const struct prong_route *route,
	const char *pattern, const char *reason)
{
	snprintf(r->why, r->size, "route %s %s: %s",
		route->method == NULL ? "(no method)" : route->method,
		pattern == NULL ? "(no pattern)" : pattern, reason);
	return -1;
}

static bool
is_table_end(const struct prong_route *r)
{
	return r->method == NULL && r->pattern == NULL && r->handler == NULL &&
	       r->group == NULL;
}

/*
 * Joins a prefix and a pattern: "/users/" and "/:id" share one slash, and "" is
 * the prefix itself. Returns NULL, or what is wrong.
 */
static const char *
join_pattern(const struct reading *r, const struct prong_route *route,
	char to[PREFIX])
{
	const char *own = route->pattern == NULL ? "" : route->pattern;
	bool is_group = route->group != NULL;
	size_t len = strlen(r->prefix);

	if (own[0] != '/' && (own[0] != '\0' || (r->nuses == 1 && !is_group)))
		return "a pattern must begin with '/'";
	if (len > 0 && r->prefix[len - 1] == '/' && own[0] == '/')
		len--;
	if (len + strlen(own) >= PREFIX)
		return "the pattern is too long";
	memcpy(to, r->prefix, len);
	strcpy(to + len, own);
	return to[0] == '\0' && is_group ? NULL : router_pattern_check(to);
}

/* ---- chains of handlers ------------------------------------------------- */

static size_t
count_handlers(prong_handler *const *use)
{
	size_t n = 0;

	while (use != NULL && use[n] != NULL)
		n++;
	return n;
}

/* route is NULL for the middleware alone. */
static prong_handler **
make_chain(const struct reading *r, const struct prong_route *route)
{
	size_t count = route == NULL ? 1 : count_handlers(route->use) + 2;
	prong_handler **chain, **to;

	for (unsigned i = 0; i < r->nuses; i++)
		count += count_handlers(r->uses[i]);
	chain = to = mem_calloc(count, sizeof(*chain));
	for (unsigned i = 0; i < r->nuses; i++)
		for (size_t j = 0; j < count_handlers(r->uses[i]); j++)
			*to++ = r->uses[i][j];
	if (route == NULL)
		return chain;
	for (size_t j = 0; j < count_handlers(route->use); j++)
		*to++ = route->use[j];
	*to = route->handler;
	return chain;
}

static void
append_group(struct reading *r, const char *prefix)
{
	struct router_rows *rows = r->rows;

	rows->groups = mem_realloc(
		rows->groups, (rows->ngroups + 1) * sizeof(*rows->groups));
	rows->groups[rows->ngroups++] =
		(struct router_group){ mem_strdup(prefix),
			make_chain(r, NULL) };
}

/* ---- rows --------------------------------------------------------------- */

static const char *
check_row(const struct reading *r, const struct prong_route *route,
	enum method *method)
{
	*method = METHOD_UNKNOWN;
	if (route->method == NULL)
		return "the row has no method";
	if (route->handler == NULL)
		return "the row has no handler";
	if (route->time_most < -1)
		return "time_most is neither a time nor -1";
	/* Modules of PRONG_ABI 2 may have set any. */
	if (r->abi > 2 && (route->flags & ~(unsigned)PRONG_STREAM_BODY) != 0)
		return "the row has a flag that this server does not know";
	if (strcmp(route->method, "*") == 0)
		return NULL;
	*method = method_find(span_of(route->method));
	if (*method == METHOD_UNKNOWN || *method == METHOD_CONNECT ||
		*method == METHOD_TRACE)
		return "the server does not support this method";
	return NULL;
}

static void
append_row(struct reading *r, const struct prong_route *route,
	const char *pattern, enum method method)
{
	struct router_pattern_param params[ROUTER_PATTERN_PARAMS];
	struct router_rows *rows = r->rows;
	struct router_row *row;

	/* A count that is a power of two has filled the array. */
	if ((rows->count & (rows->count - 1)) == 0)
		rows->all = mem_reallocarray(rows->all,
			rows->count == 0 ? 1 : rows->count * 2,
			sizeof(*rows->all));
	row = &rows->all[rows->count++];
	*row = (struct router_row){ .route = *route,
		.pattern = mem_strdup(pattern),
		.chain = make_chain(r, route),
		.method = method };
	row->nparams = router_pattern_params(row->pattern, params);
	row->params = mem_calloc(row->nparams + 1, sizeof(*row->params));
	memcpy(row->params, params, row->nparams * sizeof(*params));
}

static int read_route_table(struct reading *, const struct prong_route *);

static int
read_route_group(
	struct reading *r, const struct prong_route *route, const char *prefix)
{
	const char *before = r->prefix;
	int rc;

	if (route->method != NULL || route->handler != NULL)
		return refuse_route(r, route, prefix,
			"a group must have no method and no handler");
	if (strchr(prefix, '*') != NULL)
		return refuse_route(
			r, route, prefix, "a group must not contain \"*name\"");
	if (r->nuses == GROUPS + 1)
		return refuse_route(
			r, route, prefix, "groups are nested deeper than 8");
	r->prefix = prefix;
	r->uses[r->nuses++] = route->use;
	append_group(r, prefix);
	rc = read_route_table(r, route->group);
	r->nuses--;
	r->prefix = before;
	return rc;
}

static int
read_route_row(struct reading *r, const struct prong_route *route)
{
	char pattern[PREFIX];
	enum method method;
	const char *reason;

	if (route->pattern == NULL && route->group == NULL)
		return refuse_route(r, route, NULL, "the row has no pattern");
	reason = join_pattern(r, route, pattern);
	if (reason != NULL)
		return refuse_route(r, route, route->pattern, reason);
	if (route->group != NULL)
		return read_route_group(r, route, pattern);
	reason = check_row(r, route, &method);
	if (reason != NULL)
		return refuse_route(r, route, pattern, reason);
	append_row(r, route, pattern, method);
	return 0;
}

static int
read_route_table(struct reading *r, const struct prong_route *table)
{
	const char *at = (const char *)table;
	struct prong_route row;
	bool is_known;

	for (;; at += r->route_size) {
		is_known =
			module_table_copy(&row, sizeof(row), at, r->route_size);
		if (is_table_end(&row))
			return 0;
		if (!is_known)
			return refuse_route(r, &row, row.pattern,
				"it has members that this server does not "
				"know: it needs a newer prong");
		if (read_route_row(r, &row) == -1)
			return -1;
	}
}

int
router_rows_init(struct router_rows *rows, const struct prong_module *m,
	char *why, size_t size)
{
	struct reading reading = {
		.rows = rows, .why = why, .size = size, .prefix = ""
	};

	*rows = (struct router_rows){ 0 };
	if (m->routes == NULL || is_table_end(m->routes)) {
		snprintf(why, size, "the module has no routes");
		return -1;
	}
	reading.abi = m->abi;
	reading.route_size =
		m->route_size == 0 ? sizeof(struct prong_route) : m->route_size;
	reading.uses[reading.nuses++] = m->use;
	append_group(&reading, "");
	return read_route_table(&reading, m->routes);
}

void
router_rows_fini(struct router_rows *rows)
{
	for (size_t i = 0; i < rows->count; i++) {
		free(rows->all[i].pattern);
		free(rows->all[i].chain);
		free(rows->all[i].params);
	}
	for (size_t i = 0; i < rows->ngroups; i++) {
		free(rows->groups[i].prefix);
		free(rows->groups[i].chain);
	}
	free(rows->groups);
	free(rows->all);
	*rows = (struct router_rows){ 0 };
}
