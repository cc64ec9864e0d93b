/*
 * Blocks in a list, of which any may be freed.
 * SPDX-License-Identifier: MIT
 */
#include "config/json_memory.h"

#include <stddef.h>
#include <stdlib.h>

struct json_block {
	struct json_block *next, **at;
	max_align_t bytes[];
};

/* jansson's functions have no argument for it. */
static struct json_memory *current;

static void *
allocate_block(size_t size)
{
	struct json_block *b = malloc(sizeof(*b) + size);

	if (b == NULL)
		longjmp(current->failure, 1);
	b->next = current->first;
	b->at = &current->first;
	if (b->next != NULL)
		b->next->at = &b->next;
	current->first = b;
	return b->bytes;
}

static void
release_block(void *bytes)
{
	struct json_block *b;

	if (bytes == NULL)
		return;
	b = (void *)((char *)bytes - offsetof(struct json_block, bytes));
	*b->at = b->next;
	if (b->next != NULL)
		b->next->at = b->at;
	free(b);
}

void
json_memory_enter(struct json_memory *m)
{
	m->outer = current;
	m->first = NULL;
	json_get_alloc_funcs(&m->malloc, &m->free);
	json_set_alloc_funcs(allocate_block, release_block);
	current = m;
}

void
json_memory_leave(struct json_memory *m)
{
	while (m->first != NULL)
		release_block(m->first->bytes);
	json_set_alloc_funcs(m->malloc, m->free);
	current = m->outer;
}

void
json_memory_free(void *text)
{
	json_free_t free_text;

	json_get_alloc_funcs(NULL, &free_text);
	free_text(text);
}
