/*
 * SPDX-License-Identifier: MIT
 */
#include "api/handles.h"

#include <assert.h>
#include <stdlib.h>

#include "common/mem.h"

enum { MOST = (1 << HANDLE_INDEX_BITS) - 2 };

static uintptr_t
make_handle(const struct handle_entry *e, uint32_t index)
{
	return (uintptr_t)e->generation << HANDLE_INDEX_BITS | (index + 1);
}

void
handles_fini(struct handles *h)
{
	free(h->all);
	*h = (struct handles){ 0 };
}

static uint32_t
add_entry(struct handles *h)
{
	assert(h->count < MOST);
	/* A count that is a power of two has filled the array. */
	if ((h->count & (h->count - 1)) == 0)
		h->all = mem_realloc(
			h->all, (h->count == 0 ? 1 : (size_t)h->count * 2) *
					sizeof(*h->all));
	h->all[h->count] = (struct handle_entry){ 0 };
	return h->count++;
}

uintptr_t
handles_add(struct handles *h, void *object)
{
	struct handle_entry *e;
	uint32_t index;

	if (h->free == 0) {
		index = add_entry(h);
	} else {
		index = h->free - 1;
		h->free = h->all[index].next_free;
	}
	e = &h->all[index];
	e->object = object;
	return make_handle(e, index);
}

void
handles_set(struct handles *h, uintptr_t handle, void *object)
{
	struct handle_entry *e = handles_entry(h, handle);

	assert(e != NULL);
	e->object = object;
}

void
handles_remove(struct handles *h, uintptr_t handle)
{
	struct handle_entry *e = handles_entry(h, handle);

	assert(e != NULL);
	e->object = NULL;
	e->generation++;
	e->next_free = h->free;
	h->free = (uint32_t)(e - h->all) + 1;
}
