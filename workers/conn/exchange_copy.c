/*
 * SPDX-License-Identifier: MIT
 */
#include "conn/exchange_copy.h"

#include <stdlib.h>

#include "common/mem.h"
#include "conn/exchange.h"

struct exchange_copy {
	struct exchange_copy *next;
	void *adopted; /* or NULL */
	void (*release)(void *);
	bool is_held; /* while a handler holds the exchange */
	char bytes[];
};

static struct exchange_copy *
add_copy(struct exchange *x, size_t len)
{
	struct exchange_copy *copy = mem_alloc(sizeof(*copy) + len);

	copy->next = x->copies;
	copy->adopted = NULL;
	copy->is_held = false;
	x->copies = copy;
	return copy;
}

char *
exchange_copy(struct exchange *x, const void *bytes, size_t len)
{
	if (len <= EXCHANGE_BLOCK)
		return memcpy(arena_alloc(&x->arena, len), bytes, len);
	return memcpy(add_copy(x, len)->bytes, bytes, len);
}

void
exchange_adopt(struct exchange *x, void *memory, void (*release)(void *memory))
{
	struct exchange_copy *copy = add_copy(x, 0);

	copy->adopted = memory;
	copy->release = release;
}

void
exchange_adopt_until_end(
	struct exchange *x, void *memory, void (*release)(void *memory))
{
	exchange_adopt(x, memory, release);
	x->copies->is_held = true;
}

void
exchange_end_holds(struct exchange *x)
{
	for (struct exchange_copy *c = x->copies; c != NULL; c = c->next)
		c->is_held = false;
}

void
exchange_free_copies(struct exchange *x)
{
	struct exchange_copy **at = &x->copies, *copy;

	while ((copy = *at) != NULL) {
		if (copy->is_held && x->handler != NULL) {
			at = &copy->next;
			continue;
		}
		*at = copy->next;
		if (copy->adopted != NULL)
			copy->release(copy->adopted);
		free(copy);
	}
}
