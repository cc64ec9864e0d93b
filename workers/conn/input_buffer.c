/*
 * A small buffer holds most heads that arrive in two parts; a large one holds
 * any head and the input of one recv(2).
 * SPDX-License-Identifier: MIT
 */
#include "conn/input_buffer.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

enum { SMALL = 2 * 1024, MOST_FREE = 64 };

struct input_buffer_block {
	struct input_buffer_block *next;
};

void
input_buffers_init(struct input_buffers *all, size_t most)
{
	assert(most > SMALL && most <= UINT32_MAX);
	memset(all, 0, sizeof(*all));
	all->sizes[0].size = SMALL;
	all->sizes[1].size = most;
}

void
input_buffers_fini(struct input_buffers *all)
{
	struct input_buffer_block *b, *next;

	for (int i = 0; i < 2; i++) {
		for (b = all->sizes[i].free; b != NULL; b = next) {
			next = b->next;
			free(b);
		}
		all->sizes[i].free = NULL;
	}
}

static char *
get_block(struct input_buffers *all, int i)
{
	struct input_buffer_block *b = all->sizes[i].free;

	if (b != NULL) {
		all->sizes[i].free = b->next;
		all->sizes[i].nfree--;
	} else {
		b = mem_alloc(all->sizes[i].size);
	}
	return (char *)b;
}

static void
give_back(struct input_buffers *all, struct input_buffer *l)
{
	struct input_buffer_block *b =
		(struct input_buffer_block *)(void *)l->bytes;
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
	*l = (struct input_buffer){ NULL, 0, 0 };
}

/* Copies the bytes into a buffer of at least size bytes, which replaces l. */
static void
move_bytes(struct input_buffers *all, struct input_buffer *l, const char *bytes,
	size_t len, size_t size)
{
	int i = size <= SMALL ? 0 : 1;
	struct input_buffer new = { get_block(all, i), (uint32_t)len,
		(uint32_t)all->sizes[i].size };

	assert(len <= new.size);
	memcpy(new.bytes, bytes, len);
	give_back(all, l);
	*l = new;
}

void
input_buffer_set(struct input_buffers *all, struct input_buffer *l,
	const char *bytes, size_t len)
{
	if (len == 0) {
		give_back(all, l);
	} else if (l->bytes == NULL || len > l->size) {
		move_bytes(all, l, bytes, len, len);
	} else {
		memmove(l->bytes, bytes, len);
		l->used = (uint32_t)len;
	}
}

char *
input_buffer_reserve(
	struct input_buffers *all, struct input_buffer *l, size_t *room)
{
	if (l->used == l->size)
		move_bytes(all, l, l->bytes, l->used, (size_t)l->size + 1);
	*room = l->size - l->used;
	return l->bytes + l->used;
}
