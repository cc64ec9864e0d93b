/*
 * A small buffer holds most heads that come in two pieces; a large one holds
 * any head, and what one read brings.
 * SPDX-License-Identifier: MIT
 */
#include "conn/leftover.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { SMALL = 2 * 1024, MOST_FREE = 64 };

struct leftover_buffer {
	struct leftover_buffer *next;
};

void
leftovers_init(struct leftovers *all, size_t most)
{
	assert(most > SMALL);
	memset(all, 0, sizeof(*all));
	all->sizes[0].size = SMALL;
	all->sizes[1].size = most;
}

void
leftovers_fini(struct leftovers *all)
{
	struct leftover_buffer *b, *next;

	for (int i = 0; i < 2; i++) {
		for (b = all->sizes[i].free; b != NULL; b = next) {
			next = b->next;
			free(b);
		}
		all->sizes[i].free = NULL;
	}
}

static char *
borrow(struct leftovers *all, int i)
{
	struct leftover_buffer *b = all->sizes[i].free;

	if (b != NULL) {
		all->sizes[i].free = b->next;
		all->sizes[i].nfree--;
	} else {
		b = malloc(all->sizes[i].size);
		assert(b != NULL);
	}
	return (char *)b;
}

static void
give_back(struct leftovers *all, struct leftover *l)
{
	struct leftover_buffer *b = (struct leftover_buffer *)(void *)l->bytes;
	int i = l->size == SMALL ? 0 : 1;

	if (b == NULL)
		return;
	if (all->sizes[i].nfree == MOST_FREE) {
		free(b);
	} else {
		b->next = all->sizes[i].free;
		all->sizes[i].free = b;
		all->sizes[i].nfree++;
	}
	*l = (struct leftover){ NULL, 0, 0 };
}

/* A buffer for at least len bytes, which are copied into it. */
static void
move(struct leftovers *all, struct leftover *l, const char *bytes, size_t len,
	size_t size)
{
	int i = size <= SMALL ? 0 : 1;
	struct leftover new = { borrow(all, i), len, all->sizes[i].size };

	assert(len <= new.size);
	memcpy(new.bytes, bytes, len);
	give_back(all, l);
	*l = new;
}

void
leftover_set(struct leftovers *all, struct leftover *l, const char *bytes,
	size_t len)
{
	if (len == 0) {
		give_back(all, l);
	} else if (l->bytes == NULL || len > l->size) {
		move(all, l, bytes, len, len);
	} else {
		memmove(l->bytes, bytes, len);
		l->used = len;
	}
}

char *
leftover_reserve(struct leftovers *all, struct leftover *l, size_t *room)
{
	if (l->used == l->size)
		move(all, l, l->bytes, l->used, l->size + 1);
	*room = l->size - l->used;
	return l->bytes + l->used;
}
