/*
 * Row by row.
 * SPDX-License-Identifier: MIT
 */
#include "router.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct router {
	const struct prong_module *module;
	size_t count;
	prong_handler *(*chains)[2];
};

struct router *
router_new(const struct prong_module *module, char *why, size_t size)
{
	struct router *r = calloc(1, sizeof(*r));

	(void)why;
	(void)size;
	assert(r != NULL);
	r->module = module;
	while (module->routes[r->count].pattern != NULL)
		r->count++;
	r->chains = calloc(r->count + 1, sizeof(*r->chains));
	assert(r->chains != NULL);
	for (size_t i = 0; i < r->count; i++)
		r->chains[i][0] = module->routes[i].handler;
	return r;
}

void
router_free(struct router *r)
{
	if (r == NULL)
		return;
	free(r->chains);
	free(r);
}

static bool
fits(const char *pattern, struct span path, struct router_match *m)
{
	const char *p = path.at, *end = path.at + path.len;

	m->nparams = 0;
	for (; *pattern != '\0'; pattern++) {
		const char *from = p;

		if (*pattern == '*') {
			m->names[m->nparams] = span_of(pattern + 1);
			m->values[m->nparams++] =
				(struct span){ p, (size_t)(end - p) };
			return true;
		}
		if (*pattern != ':') {
			if (p == end || *p++ != *pattern)
				return false;
			continue;
		}
		while (p < end && *p != '/')
			p++;
		m->names[m->nparams] =
			(struct span){ pattern + 1, strcspn(pattern + 1, "/") };
		m->values[m->nparams++] =
			(struct span){ from, (size_t)(p - from) };
		pattern += strcspn(pattern, "/") - 1;
	}
	return p == end;
}

void
router_find(const struct router *r, struct span method, struct span path,
	struct router_match *m)
{
	const struct prong_route *rows = r->module->routes;

	memset(m, 0, sizeof(*m));
	for (size_t i = 0; i < r->count; i++)
		if ((strcmp(rows[i].method, "*") == 0 ||
			    span_is(method, span_of(rows[i].method))) &&
			fits(rows[i].pattern, path, m)) {
			m->route = &rows[i];
			m->chain = r->chains[i];
			return;
		}
	m->nparams = 0;
}

bool
router_has_streams(const struct router *r)
{
	for (size_t i = 0; i < r->count; i++)
		if (r->module->routes[i].flags & PRONG_STREAM_BODY)
			return true;
	return false;
}
