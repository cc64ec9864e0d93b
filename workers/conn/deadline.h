/*
 * Deadlines of many connections.  Each class has one timeout, one timer, and a
 * list ordered by age.  The deadline that was armed last is due last, so
 * arming, re-arming and cancelling take constant time.
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
	int64_t timeout;      /* milliseconds; 0: none */
	const int64_t *now;   /* milliseconds, monotonic; not owned */
	struct ev_loop *loop;
	ev_timer timer;
	void (*on_due)(struct deadline *); /* called with it disarmed */
};

/* now points at the time of the loop's current turn, in monotonic
 * milliseconds. */
void deadline_class_init(struct deadline_class *, struct ev_loop *,
	const int64_t *now, int64_t timeout, void (*on_due)(struct deadline *));
void deadline_class_fini(struct deadline_class *);

/* Changes the timeout, also of deadlines that are armed. */
void deadline_class_set(struct deadline_class *, int64_t timeout);

/* Returns the deadline that is due first; NULL if none is armed. */
struct deadline *deadline_oldest(struct deadline_class *);

void deadline_arm(struct deadline_class *, struct deadline *);

/*
 * Arms the deadline as if at an earlier time.  If many younger ones are armed,
 * the search for its position stops early, and it is due a bit later.
 */
void deadline_arm_since(
	struct deadline_class *, struct deadline *, int64_t since);
void deadline_cancel(struct deadline *);

#endif
