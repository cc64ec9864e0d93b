/*
 * SPDX-License-Identifier: MIT
 */
#include "api/router_groups.h"

#include "api/router.h"
#include "api/router_pattern.h"
#include "api/router_rows.h"

/* Returns the number of segments; -1 when the path does not begin with them. */
static int
match_prefix(const char *prefix, struct span path, struct router_match *m)
{
	struct span rest = span_of(prefix), segment, value;
	int count = 0;

	m->nparams = 0;
	while (router_pattern_next(&rest, &segment)) {
		if (segment.len == 0)
			continue;
		if (!router_pattern_next(&path, &value) || value.len == 0)
			return -1;
		count++;
		if (router_pattern_kind_of(segment) == ROUTER_PATTERN_LITERAL) {
			if (!span_is(segment, value))
				return -1;
			continue;
		}
		m->names[m->nparams] =
			(struct span){ segment.at + 1, segment.len - 1 };
		m->values[m->nparams++] = value;
	}
	return count;
}

void
router_groups_find(const struct router_rows *rows, struct span path,
	struct router_match *m)
{
	const struct router_group *found = NULL;
	int deepest = -1, depth;

	for (size_t i = 0; i < rows->ngroups; i++) {
		depth = match_prefix(rows->groups[i].prefix, path, m);
		if (depth <= deepest)
			continue;
		deepest = depth;
		found = &rows->groups[i];
	}
	m->nparams = 0;
	m->chain = NULL;
	if (found == NULL)
		return;
	match_prefix(found->prefix, path, m);
	m->chain = found->chain;
}
