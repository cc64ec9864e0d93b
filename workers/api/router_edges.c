/*
 * A hash table with open addressing that is at most a quarter full, so that a
 * search takes one or two probes at any size.
 * SPDX-License-Identifier: MIT
 */
#include "api/router_edges.h"

#include <stdlib.h>

#include "common/mem.h"
#include "http/hash.h"

enum { FIRST_SIZE = 64 };

struct router_edge {
	struct span text; /* at is NULL in a free entry */
	uint32_t from, to;
};

static size_t
home_index(const struct router_edges *e, uint32_t from, struct span text)
{
	return (size_t)hash_bytes(text.at, text.len, from) & (e->size - 1);
}

static void
insert_edge(struct router_edges *e, const struct router_edge *edge)
{
	size_t i = home_index(e, edge->from, edge->text);

	while (e->all[i].text.at != NULL)
		i = (i + 1) & (e->size - 1);
	e->all[i] = *edge;
}

static void
grow_table(struct router_edges *e)
{
	struct router_edges larger = { .used = e->used,
		.size = e->size == 0 ? FIRST_SIZE : e->size * 2 };

	larger.all = mem_calloc(larger.size, sizeof(*larger.all));
	for (size_t i = 0; i < e->size; i++)
		if (e->all[i].text.at != NULL)
			insert_edge(&larger, &e->all[i]);
	free(e->all);
	*e = larger;
}

void
router_edges_fini(struct router_edges *e)
{
	free(e->all);
	*e = (struct router_edges){ 0 };
}

void
router_edges_add(
	struct router_edges *e, uint32_t from, struct span text, uint32_t to)
{
	if (e->used * 4 >= e->size)
		grow_table(e);
	insert_edge(e, &(struct router_edge){ text, from, to });
	e->used++;
}

int64_t
router_edges_find(const struct router_edges *e, uint32_t from, struct span text,
	unsigned *looks)
{
	if (e->size == 0)
		return -1;
	for (size_t i = home_index(e, from, text);;
		i = (i + 1) & (e->size - 1)) {
		const struct router_edge *edge = &e->all[i];

		++*looks;
		if (edge->text.at == NULL)
			return -1;
		if (edge->from == from && span_is(edge->text, text))
			return edge->to;
	}
}
