/*
 * Any bytes as a table of routes and as paths: the router agrees with a linear
 * search.
 * SPDX-License-Identifier: MIT
 */
#include "api/router.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

#include "api/router_pattern.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROUTES = 12 };

static void
handler(struct prong_context *ctx)
{
	(void)ctx;
}

/* Does the pattern fit?  *how: '0' for a literal, '1', '2', by segment. */
static bool
fits(const char *pattern, struct span path, char *how)
{
	struct span rest = span_of(pattern), segment, wanted;

	while (router_pattern_next(&rest, &wanted)) {
		const char *start = path.at + 1;

		if (!router_pattern_next(&path, &segment))
			return false;
		switch (router_pattern_kind_of(wanted)) {
		case ROUTER_PATTERN_LITERAL:
			if (!span_is(wanted, segment))
				return false;
			*how++ = '0';
			break;
		case ROUTER_PATTERN_PARAM:
			if (segment.len == 0)
				return false;
			*how++ = '1';
			break;
		case ROUTER_PATTERN_REST:
			strcpy(how, "2");
			return segment.len > 0 && start == segment.at;
		}
	}
	*how = '\0';
	return path.len == 0;
}

static const struct prong_route *
search(const struct prong_route *rows, struct span path)
{
	char best[ROUTER_PATTERN_LEN] = "", how[ROUTER_PATTERN_LEN];
	const struct prong_route *found = NULL;

	for (; rows->pattern != NULL; rows++) {
		if (!fits(rows->pattern, path, how))
			continue;
		if (found == NULL || strcmp(how, best) < 0) {
			found = rows;
			strcpy(best, how);
		}
	}
	return found;
}

static void
check(const struct router *r, const struct prong_route *rows, struct span path)
{
	const struct prong_route *expected = search(rows, path);
	struct router_match m;

	router_find(r, SPAN("GET"), path, &m);
	/* The router has copies of the rows; body_most is their number. */
	assert((m.route == NULL) == (expected == NULL));
	assert(m.route == NULL || m.route->body_most == expected->body_most);
	assert(!m.is_known);
	assert((router_allow(r, path).len > 0) == (expected != NULL));
	for (unsigned i = 0; i < m.nparams; i++) {
		assert(m.values[i].len > 0);
		assert(m.values[i].at > path.at);
		assert(m.values[i].at + m.values[i].len <= path.at + path.len);
	}
}

/* Lines: patterns up to an empty line, then paths. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), *line, *next = text;
	struct prong_route rows[ROUTES + 1] = { { 0 } };
	const struct prong_module m = { .routes = rows };
	struct router *r;
	char why[100];
	size_t n = 0;

	assert(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	while ((line = strsep(&next, "\n")) != NULL && *line != '\0')
		if (n < ROUTES) {
			rows[n] = (struct prong_route){ "GET", line,
				.handler = handler, .body_most = n + 1 };
			n++;
		}
	r = router_new(&m, why, sizeof(why));
	while (r != NULL && (line = strsep(&next, "\n")) != NULL)
		if (*line == '/')
			check(r, rows, span_of(line));
	router_free(r);
	free(text);
	return 0;
}
