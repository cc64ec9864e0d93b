/*
 * A tree with a node for each prefix of a pattern; the literal edges of all
 * nodes are in one hash table. At most three edges match at a node, and none is
 * followed twice for a path.
 * SPDX-License-Identifier: MIT
 */
#include "api/router.h"

#include <stdio.h>
#include <stdlib.h>

#include "api/router_edges.h"
#include "api/router_groups.h"
#include "api/router_pattern.h"
#include "api/router_rows.h"
#include "common/mem.h"

enum { NONE = -1, ALLOWS = 128 };

struct node {
	bool has_literals; /* edges in the router's table */
	int32_t param, rest;
	/* by method; NULL when no pattern ends here */
	const struct router_row **rows;
};

struct router {
	struct router_rows rows;
	struct router_edges literals;
	struct node *nodes;
	size_t nnodes;
	char *allow[ALLOWS]; /* by set of methods */
	bool minds_content;
};

/* The order of methods in Allow. */
// clang-format off
static const struct {
	enum method method;
	const char *name;
} methods[] = {
	{ METHOD_GET, "GET" }, { METHOD_HEAD, "HEAD" },
	{ METHOD_POST, "POST" }, { METHOD_PUT, "PUT" },
	{ METHOD_PATCH, "PATCH" }, { METHOD_DELETE, "DELETE" },
	{ METHOD_OPTIONS, "OPTIONS" },
};
// clang-format on

enum { METHODS = sizeof(methods) / sizeof(methods[0]) };

_Static_assert(ALLOWS == 1 << METHODS, "a text for each set");
_Static_assert((int)ROUTER_PARAMS == (int)ROUTER_PATTERN_PARAMS, "one limit");

/* ---- building ----------------------------------------------------------- */

static int32_t
add_node(struct router *r)
{
	/* A count that is a power of two has filled the array. */
	if ((r->nnodes & (r->nnodes - 1)) == 0)
		r->nodes = mem_reallocarray(r->nodes,
			r->nnodes == 0 ? 1 : r->nnodes * 2, sizeof(*r->nodes));
	r->nodes[r->nnodes] = (struct node){ false, NONE, NONE, NULL };
	return (int32_t)r->nnodes++;
}

static int32_t
enter_literal_segment(struct router *r, int32_t from, struct span text)
{
	unsigned looks = 0;
	int64_t to =
		router_edges_find(&r->literals, (uint32_t)from, text, &looks);

	if (to == NONE) {
		to = add_node(r);
		r->nodes[from].has_literals = true;
		router_edges_add(
			&r->literals, (uint32_t)from, text, (uint32_t)to);
	}
	return (int32_t)to;
}

/*
 * Returns the node after a segment of a pattern, which it creates if necessary.
 */
static int32_t
enter_segment(struct router *r, int32_t from, struct span segment)
{
	enum router_pattern_kind kind = router_pattern_kind_of(segment);
	int32_t to;

	if (kind == ROUTER_PATTERN_LITERAL)
		return enter_literal_segment(r, from, segment);
	to = kind == ROUTER_PATTERN_PARAM ? r->nodes[from].param
					  : r->nodes[from].rest;
	if (to != NONE)
		return to;
	to = add_node(r);
	if (kind == ROUTER_PATTERN_PARAM)
		r->nodes[from].param = to;
	else
		r->nodes[from].rest = to;
	return to;
}

static int
add_router_row(
	struct router *r, const struct router_row *row, char *why, size_t size)
{
	struct span rest = span_of(row->pattern), segment;
	const struct router_row **entry;
	int32_t at = 0;

	r->minds_content |= (row->route.flags & PRONG_STREAM_BODY) != 0 ||
			    row->route.body_most > 0;
	while (router_pattern_next(&rest, &segment))
		at = enter_segment(r, at, segment);
	if (r->nodes[at].rows == NULL)
		r->nodes[at].rows = mem_calloc(ROUTER_METHODS, sizeof(*entry));
	entry = &r->nodes[at].rows[row->method];
	if (*entry != NULL) {
		snprintf(why, size,
			"routes %s %s and %s %s match the same paths",
			(*entry)->route.method, (*entry)->pattern,
			row->route.method, row->pattern);
		return -1;
	}
	*entry = row;
	return 0;
}

static char *
format_allow(unsigned set)
{
	char text[64] = "", *to = text;

	for (size_t i = 0; i < METHODS; i++)
		if ((set & 1u << i) != 0)
			to += sprintf(to, "%s%s", to == text ? "" : ", ",
				methods[i].name);
	to = mem_strdup(text);
	return to;
}

struct router *
router_new(const struct prong_module *m, char *why, size_t size)
{
	struct router *r = mem_calloc(1, sizeof(*r));
	int rc;

	add_node(r);
	for (unsigned i = 0; i < ALLOWS; i++)
		r->allow[i] = format_allow(i);
	rc = router_rows_init(&r->rows, m, why, size);
	for (size_t i = 0; i < r->rows.count && rc == 0; i++)
		rc = add_router_row(r, &r->rows.all[i], why, size);
	if (rc == 0)
		return r;
	router_free(r);
	return NULL;
}

void
router_free(struct router *r)
{
	if (r == NULL)
		return;
	for (size_t i = 0; i < r->nnodes; i++)
		free(r->nodes[i].rows);
	free(r->nodes);
	for (size_t i = 0; i < ALLOWS; i++)
		free(r->allow[i]);
	router_edges_fini(&r->literals);
	router_rows_fini(&r->rows);
	free(r);
}

/* ---- searching ---------------------------------------------------------- */

struct search {
	const struct router *router;
	enum method method;
	bool adds_slash; /* search as if the path had a '/' appended */
	struct span
		segments[ROUTER_PATTERN_SEGMENTS]; /* segments of the path */
	/* methods, as a set, of matching nodes without the method */
	unsigned allow;
	unsigned looks;
};

static const struct router_row *
find_method_row(const struct node *n, enum method method)
{
	const struct router_row *row = n->rows[method];

	if (row == NULL && method == METHOD_HEAD)
		row = n->rows[METHOD_GET];
	return row != NULL ? row : n->rows[METHOD_UNKNOWN];
}

/*
 * Selects the row of a node at the end of the path. Returns NULL when no row
 * has the method; the methods that exist are added to allow.
 */
static const struct router_row *
select_row(struct search *s, const struct node *n)
{
	const struct router_row *row = NULL;

	if (n->rows == NULL)
		return NULL;
	if (s->method != METHOD_UNKNOWN)
		row = find_method_row(n, s->method);
	for (size_t i = 0; i < METHODS && row == NULL; i++)
		if (find_method_row(n, methods[i].method) != NULL)
			s->allow |= 1u << i;
	return row;
}

/*
 * Searches below node at. The recursion is no deeper than the longest pattern.
 */
static const struct router_row *
search_node(struct search *s, int64_t at, struct span rest, unsigned depth)
{
	const struct node *nodes = s->router->nodes, *n = &nodes[at];
	const struct router_row *row = NULL;
	struct span segment = SPAN("");
	bool is_end = !router_pattern_next(&rest, &segment);
	int64_t to = NONE;

	if (is_end && (!s->adds_slash || depth >= ROUTER_PATTERN_SEGMENTS))
		return select_row(s, n);
	if (n->has_literals)
		to = router_edges_find(
			&s->router->literals, (uint32_t)at, segment, &s->looks);
	if (is_end)
		return to == NONE ? NULL : select_row(s, &nodes[to]);
	if (depth < ROUTER_PATTERN_SEGMENTS)
		s->segments[depth] = segment;
	if (to != NONE)
		row = search_node(s, to, rest, depth + 1);
	if (row == NULL && n->param != NONE && segment.len > 0) {
		s->looks++;
		row = search_node(s, n->param, rest, depth + 1);
	}
	if (row == NULL && n->rest != NONE && segment.len > 0) {
		s->looks++;
		row = select_row(s, &nodes[n->rest]);
	}
	return row;
}

/*
 * Called when nothing was found: true when the path would match with, or
 * without, a '/' at its end.
 */
static bool
matches_with_slash(struct search *s, struct span path)
{
	if (path.len <= 1)
		return false;
	if (path.at[path.len - 1] == '/')
		path.len--;
	else
		s->adds_slash = true;
	s->allow = 0;
	return search_node(s, 0, path, 0) != NULL || s->allow != 0;
}

static void
store_params(const struct search *s, struct span path,
	const struct router_row *row, struct router_match *m)
{
	const char *end = path.at + path.len;

	m->nparams = row->nparams;
	for (unsigned i = 0; i < row->nparams; i++) {
		struct span value = s->segments[row->params[i].segment];

		if (row->params[i].is_rest)
			value.len = (size_t)(end - value.at);
		m->names[i] = row->params[i].name;
		m->values[i] = value;
	}
}

static void
init_search(struct search *s, const struct router *r, enum method method)
{
	s->router = r;
	s->method = method;
	s->adds_slash = false;
	s->allow = s->looks = 0;
}

void
router_find(const struct router *r, struct span method, struct span path,
	struct router_match *m)
{
	const struct router_row *row;
	struct search s;

	init_search(&s, r, method_find(method));
	row = search_node(&s, 0, path, 0);
	m->route = row == NULL ? NULL : &row->route;
	m->chain = row == NULL ? NULL : row->chain;
	m->pattern = row == NULL ? NULL : row->pattern;
	m->nparams = 0;
	m->is_known = row == NULL && s.allow != 0;
	m->wants_slash = false;
	if (row != NULL)
		store_params(&s, path, row, m);
	else if (!m->is_known)
		m->wants_slash = matches_with_slash(&s, path);
	m->steps = s.looks;
}

void
router_find_middleware(
	const struct router *r, struct span path, struct router_match *m)
{
	router_groups_find(&r->rows, path, m);
}

bool
router_minds_content(const struct router *r)
{
	return r->minds_content;
}

struct span
router_allow(const struct router *r, struct span path)
{
	enum { OPTIONS = 1 << (METHODS - 1) };
	struct search s;

	/* No row has this method, so the search visits every matching node. */
	init_search(&s, r, METHOD_UNKNOWN);
	search_node(&s, 0, path, 0);
	return span_of(r->allow[s.allow == 0 ? 0 : s.allow | OPTIONS]);
}
