/*
 * Intrusive lists: the links are a member of the listed struct, so that adding
 * and removing allocate nothing; container_of() leads back to the struct.  The
 * caller owns the structs.
 * SPDX-License-Identifier: MIT
 */
#ifndef LIST_H
#define LIST_H

#include <stddef.h>

struct list_node {
	struct list_node *next;  /* NULL in the last node */
	struct list_node **link; /* the pointer to this node */
};

/* A list with removal in constant time.  A zeroed one is empty. */
struct list {
	struct list_node *first;
};

/* A queue: first in, first out.  It does not use the nodes' link. */
struct fifo {
	struct list_node *first, **last;
	unsigned count;
};

/* Adds a node to the front of the list. */
static inline void
list_add(struct list *l, struct list_node *node)
{
	node->next = l->first;
	node->link = &l->first;
	if (node->next != NULL)
		node->next->link = &node->next;
	l->first = node;
}

/* Removes a node from the list that it is in. */
static inline void
list_remove(struct list_node *node)
{
	*node->link = node->next;
	if (node->next != NULL)
		node->next->link = node->link;
}

/* Makes the queue empty; it must not be moved in memory afterwards. */
static inline void
fifo_init(struct fifo *f)
{
	*f = (struct fifo){ .last = &f->first };
}

/* Appends a node. */
static inline void
fifo_put(struct fifo *f, struct list_node *node)
{
	node->next = NULL;
	*f->last = node;
	f->last = &node->next;
	f->count++;
}

/* Takes the first node; NULL if the queue is empty. */
static inline struct list_node *
fifo_get(struct fifo *f)
{
	struct list_node *node = f->first;

	if (node == NULL)
		return NULL;
	f->first = node->next;
	if (f->first == NULL)
		f->last = &f->first;
	f->count--;
	return node;
}

#endif
