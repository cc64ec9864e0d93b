/*
 * A tree with a node for each beginning of a pattern; the literals of all
 * nodes are in one table.  Three ways at most lead on from a node, and none is
 * gone twice for a path.
 * SPDX-License-Identifier: MIT
 */
#include "router.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "edges.h"
#include "pattern.h"
#include "router_rows.h"

enum { NONE = -1, ALLOWS = 128 };

struct node {
	int32_t param, rest;
	const struct router_row **rows; /* by method; NULL: no pattern ends
					   here */
};

struct router {
	struct router_rows rows;
	struct edges literals;
	struct node *nodes;
	size_t nnodes;
	char *allow[ALLOWS]; /* by set of methods */
	bool minds_content;
};

/* The order of Allow. */
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
_Static_assert((int)ROUTER_PARAMS == (int)PATTERN_PARAMS, "one limit");

/* ---- the tree ----------------------------------------------------------- */

static int32_t
add_node(struct router *r)
{
	/* A power of two: it is full. */
	if ((r->nnodes & (r->nnodes - 1)) == 0)
		r->nodes = reallocarray(r->nodes,
			r->nnodes == 0 ? 1 : r->nnodes * 2, sizeof(*r->nodes));
	assert(r->nodes != NULL);
	r->nodes[r->nnodes] = (struct node){ NONE, NONE, NULL };
	return (int32_t)r->nnodes++;
}

static int32_t
enter_literal(struct router *r, int32_t from, struct span text)
{
	unsigned looks = 0;
	int64_t to = edges_find(&r->literals, (uint32_t)from, text, &looks);

	if (to == NONE) {
		to = add_node(r);
		edges_add(&r->literals, (uint32_t)from, text, (uint32_t)to);
	}
	return (int32_t)to;
}

/* The node behind a segment of a pattern. */
static int32_t
enter(struct router *r, int32_t from, struct span segment)
{
	enum pattern_kind kind = pattern_kind_of(segment);
	int32_t to;

	if (kind == PATTERN_LITERAL)
		return enter_literal(r, from, segment);
	to = kind == PATTERN_PARAM ? r->nodes[from].param : r->nodes[from].rest;
	if (to != NONE)
		return to;
	to = add_node(r);
	if (kind == PATTERN_PARAM)
		r->nodes[from].param = to;
	else
		r->nodes[from].rest = to;
	return to;
}

static int
add_row(struct router *r, const struct router_row *row, char *why, size_t size)
{
	struct span rest = span_of(row->pattern), segment;
	const struct router_row **place;
	int32_t at = 0;

	r->minds_content |= (row->route->flags & PRONG_STREAM_BODY) != 0 ||
			    row->route->body_most > 0;
	while (pattern_next(&rest, &segment))
		at = enter(r, at, segment);
	if (r->nodes[at].rows == NULL)
		r->nodes[at].rows = calloc(ROUTER_METHODS, sizeof(*place));
	assert(r->nodes[at].rows != NULL);
	place = &r->nodes[at].rows[row->method];
	if (*place != NULL) {
		snprintf(why, size, "routes %s %s and %s %s fit the same paths",
			(*place)->route->method, (*place)->pattern,
			row->route->method, row->pattern);
		return -1;
	}
	*place = row;
	return 0;
}

static char *
make_allow(unsigned set)
{
	char text[64] = "", *to = text;

	for (size_t i = 0; i < METHODS; i++)
		if ((set & 1u << i) != 0)
			to += sprintf(to, "%s%s", to == text ? "" : ", ",
				methods[i].name);
	to = strdup(text);
	assert(to != NULL);
	return to;
}

struct router *
router_new(const struct prong_module *m, char *why, size_t size)
{
	struct router *r = calloc(1, sizeof(*r));
	int rc;

	assert(r != NULL);
	add_node(r);
	for (unsigned i = 0; i < ALLOWS; i++)
		r->allow[i] = make_allow(i);
	rc = router_rows_init(&r->rows, m, why, size);
	for (size_t i = 0; i < r->rows.count && rc == 0; i++)
		rc = add_row(r, &r->rows.all[i], why, size);
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
	edges_fini(&r->literals);
	router_rows_fini(&r->rows);
	free(r);
}

/* ---- for each request --------------------------------------------------- */

struct search {
	const struct router *router;
	enum method method;
	bool adds_slash; /* look as if the path had one more */
	struct span segments[PATTERN_SEGMENTS]; /* of the path */
	unsigned allow; /* a set: of nodes where the method is not found */
	unsigned looks;
};

static const struct router_row *
row_for(const struct node *n, enum method method)
{
	const struct router_row *row = n->rows[method];

	if (row == NULL && method == METHOD_HEAD)
		row = n->rows[METHOD_GET];
	return row != NULL ? row : n->rows[METHOD_UNKNOWN];
}

/* The path ends at this node.  NULL: no row has the method. */
static const struct router_row *
end_at(struct search *s, const struct node *n)
{
	const struct router_row *row = NULL;

	if (n->rows == NULL)
		return NULL;
	if (s->method != METHOD_UNKNOWN)
		row = row_for(n, s->method);
	for (size_t i = 0; i < METHODS && row == NULL; i++)
		if (row_for(n, methods[i].method) != NULL)
			s->allow |= 1u << i;
	return row;
}

/* No deeper than the longest pattern. */
static const struct router_row *
search(struct search *s, int64_t at, struct span rest, unsigned depth)
{
	const struct node *nodes = s->router->nodes, *n = &nodes[at];
	const struct router_row *row = NULL;
	struct span segment = SPAN("");
	bool is_end = !pattern_next(&rest, &segment);
	int64_t to;

	if (is_end && (!s->adds_slash || depth >= PATTERN_SEGMENTS))
		return end_at(s, n);
	to = edges_find(&s->router->literals, (uint32_t)at, segment, &s->looks);
	if (is_end)
		return to == NONE ? NULL : end_at(s, &nodes[to]);
	if (depth < PATTERN_SEGMENTS)
		s->segments[depth] = segment;
	if (to != NONE)
		row = search(s, to, rest, depth + 1);
	if (row == NULL && n->param != NONE && segment.len > 0) {
		s->looks++;
		row = search(s, n->param, rest, depth + 1);
	}
	if (row == NULL && n->rest != NONE && segment.len > 0) {
		s->looks++;
		row = end_at(s, &nodes[n->rest]);
	}
	return row;
}

/* Nothing was found: is it for the last '/'? */
static bool
is_slash_wrong(struct search *s, struct span path)
{
	if (path.len <= 1)
		return false;
	if (path.at[path.len - 1] == '/')
		path.len--;
	else
		s->adds_slash = true;
	s->allow = 0;
	return search(s, 0, path, 0) != NULL || s->allow != 0;
}

static void
take_params(const struct search *s, struct span path,
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
start(struct search *s, const struct router *r, enum method method)
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

	start(&s, r, method_find(method));
	row = search(&s, 0, path, 0);
	m->route = row == NULL ? NULL : row->route;
	m->chain = row == NULL ? NULL : row->chain;
	m->pattern = row == NULL ? NULL : row->pattern;
	m->nparams = 0;
	m->is_known = row == NULL && s.allow != 0;
	m->wants_slash = false;
	if (row != NULL)
		take_params(&s, path, row, m);
	else if (!m->is_known)
		m->wants_slash = is_slash_wrong(&s, path);
	m->steps = s.looks;
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

	/* No row has it, so that all of them are seen. */
	start(&s, r, METHOD_UNKNOWN);
	search(&s, 0, path, 0);
	return span_of(r->allow[s.allow == 0 ? 0 : s.allow | OPTIONS]);
}
