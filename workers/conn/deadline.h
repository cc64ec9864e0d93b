/*
 * Deadlines of many connections: a list a class, oldest first, with one timer
 * each.  All deadlines of a class are equally long, so whoever is armed last
 * is due last: arm, re-arm and cancel cost the same however many there are.
 * SPDX-License-Identifier: MIT
 */
#ifndef DEADLINE_H
#define DEADLINE_H

#include <ev.h>
#include <stdint.h>

struct deadline {
	struct deadline *prev, *next; /* NULL: not armed */
	int64_t since;                /* milliseconds */
};

struct deadline_class {
	struct deadline list; /* its head */
	int64_t timeout;      /* milliseconds; 0: for ever */
	const int64_t *now;   /* milliseconds, monotonic; not ours */
	struct ev_loop *loop;
	ev_timer timer;
	void (*on_due)(struct deadline *); /* finds it disarmed */
};

/* now: where the time of the loop's turn stands, monotonic milliseconds. */
void deadline_class_init(struct deadline_class *, struct ev_loop *,
	const int64_t *now, int64_t timeout, void (*on_due)(struct deadline *));
void deadline_class_fini(struct deadline_class *);

/* Another timeout, for those that are armed already too. */
void deadline_class_set(struct deadline_class *, int64_t timeout);

/* The one that is due first; NULL when none is armed. */
struct deadline *deadline_oldest(struct deadline_class *);

void deadline_arm(struct deadline_class *, struct deadline *);

/*
 * As if it had been armed then: takes its place among those that are armed.
 * Behind many younger ones that is not worth the search, and it counts as a
 * bit younger than it is.
 */
void deadline_arm_since(
	struct deadline_class *, struct deadline *, int64_t since);
void deadline_cancel(struct deadline *);

#endif
