/*
 * The generations that still have processes, newest first.
 * SPDX-License-Identifier: MIT
 */
#ifndef GENERATION_LIST_H
#define GENERATION_LIST_H

#include <stdbool.h>
#include <sys/types.h>

#include "supervise/generation.h"

struct generation_list {
	struct generation *first;   /* newest; generation->next is older */
	struct generation *current; /* the one that serves; NULL: none */
	struct generation *next;    /* the one that starts; NULL: none */
	unsigned last_number;       /* of the newest one there ever was */
};

/* Adds a generation with the number last_number + 1, as the next one. */
void generation_list_add(struct generation_list *, struct generation *);

/* Takes a generation out of the list; it remains the caller's to free. */
void generation_list_remove(struct generation_list *, struct generation *);

/* Returns the number of processes of all generations. */
unsigned generation_list_count_workers(const struct generation_list *);

/* Returns the number of generations that drain. */
unsigned generation_list_count_draining(const struct generation_list *);

/* Handles the exit of a process.  Returns false if no generation had it. */
bool generation_list_reap(struct generation_list *, pid_t, int status);

#endif
