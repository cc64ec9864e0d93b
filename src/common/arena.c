/*
 * The blocks form a list.  An allocation that is larger than block_size gets a
 * block of its own size.
 * SPDX-License-Identifier: MIT
 */
#include "common/arena.h"

#include <assert.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { ALIGNMENT = 16 };

struct arena_block {
	struct arena_block *next;
	size_t used, size;
	_Alignas(ALIGNMENT) char bytes[];
};

void
arena_init(struct arena *a, size_t block_size, size_t limit)
{
	*a = (struct arena){ .block_size = block_size, .limit = limit };
}

void
arena_init_pooled(struct arena *a, size_t first_size, struct arena_pool *pool)
{
	*a = (struct arena){ .block_size = first_size, .pool = pool };
}

void
arena_pool_init(struct arena_pool *p, size_t block_size, unsigned most)
{
	*p = (struct arena_pool){ .block_size = block_size, .most = most };
}

void
arena_pool_fini(struct arena_pool *p)
{
	struct arena_block *b;

	while ((b = p->free) != NULL) {
		p->free = b->next;
		free(b);
	}
	p->nfree = 0;
}

static void
free_block(struct arena_pool *p, struct arena_block *b)
{
	if (p == NULL || b->size != p->block_size || p->nfree == p->most) {
		free(b);
		return;
	}
	b->next = p->free;
	p->free = b;
	p->nfree++;
}

static void
free_blocks_from(struct arena_pool *p, struct arena_block *b)
{
	struct arena_block *next;

	for (; b != NULL; b = next) {
		next = b->next;
		free_block(p, b);
	}
}

void
arena_fini(struct arena *a)
{
	struct arena empty = { .block_size = a->block_size,
		.limit = a->limit,
		.pool = a->pool,
		.may_fail = a->may_fail,
		.failure = a->failure };

	free_blocks_from(a->pool, a->first);
	*a = empty;
}

void
arena_reset(struct arena *a)
{
	if (a->first == NULL || (a->last == a->first && a->first->used == 0))
		return;
	if (a->first->size > a->block_size) {
		arena_fini(a);
		return;
	}
	if (a->first->next != NULL)
		free_blocks_from(a->pool, a->first->next);
	a->first->next = NULL;
	a->first->used = 0;
	a->last = a->first;
	a->total = a->first->size;
}

static size_t
choose_size(const struct arena *a, size_t at_least)
{
	bool is_first = a->last == NULL && at_least <= a->block_size;
	size_t usual = a->pool == NULL || is_first ? a->block_size
						   : a->pool->block_size;

	return at_least > usual ? at_least : usual;
}

/* Returns NULL when malloc(3) fails. */
static struct arena_block *
get_block(struct arena_pool *p, size_t size)
{
	struct arena_block *b;

	if (p != NULL && p->free != NULL && size == p->block_size) {
		b = p->free;
		p->free = b->next;
		p->nfree--;
		return b;
	}
	return malloc(sizeof(*b) + size);
}

static struct arena_block *
add_block(struct arena *a, size_t at_least, size_t limit)
{
	size_t size = choose_size(a, at_least);
	struct arena_block *b;

	if (limit != 0 && (a->total > limit || size > limit - a->total))
		return NULL;
	b = get_block(a->pool, size);
	if (b == NULL && a->may_fail)
		return NULL;
	if (b == NULL && a->failure != NULL)
		longjmp(*a->failure, 1);
	assert(b != NULL);
	*b = (struct arena_block){ .size = size };
	if (a->last == NULL)
		a->first = b;
	else
		a->last->next = b;
	a->last = b;
	a->total += size;
	return b;
}

void *
arena_alloc_within(struct arena *a, size_t size, size_t limit)
{
	struct arena_block *b = a->last;
	size_t need = (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
	void *p;

	if (need < size)
		return NULL;
	if (b == NULL || need > b->size - b->used)
		b = add_block(a, need, limit);
	if (b == NULL)
		return NULL;
	p = b->bytes + b->used;
	b->used += need;
	return p;
}

void *
arena_alloc(struct arena *a, size_t size)
{
	return arena_alloc_within(a, size, a->limit);
}

void
arena_trim(struct arena *a, const void *end)
{
	struct arena_block *b = a->last;
	size_t used = (size_t)((const char *)end - b->bytes);

	assert(used <= b->used);
	b->used = (used + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
}

void *
arena_calloc(struct arena *a, size_t count, size_t size)
{
	void *p;

	if (size != 0 && count > SIZE_MAX / size)
		return NULL;
	p = arena_alloc(a, count * size);
	return p == NULL ? NULL : memset(p, 0, count * size);
}

char *
arena_strndup(struct arena *a, const char *text, size_t len)
{
	char *copy = arena_alloc(a, len + 1);

	if (copy == NULL)
		return NULL;
	memcpy(copy, text, len);
	copy[len] = '\0';
	return copy;
}

char *
arena_strdup(struct arena *a, const char *text)
{
	return arena_strndup(a, text, strlen(text));
}

struct span
arena_printf(struct arena *a, const char *fmt, ...)
{
	struct span s = { NULL, 0 };
	va_list ap;
	char *text;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	assert(len >= 0);
	text = arena_alloc(a, (size_t)len + 1);
	if (text == NULL)
		return s;
	va_start(ap, fmt);
	vsnprintf(text, (size_t)len + 1, fmt, ap);
	va_end(ap);
	return (struct span){ text, (size_t)len };
}
