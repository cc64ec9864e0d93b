/*
 * The timer of a class runs while its list is not empty; it may fire early,
 * when its head was cancelled, and is then set for the new head.
 * SPDX-License-Identifier: MIT
 */
#include "conn/deadline.h"

#include <stddef.h>

static void
set_timer(struct deadline_class *class)
{
	struct deadline *first = deadline_oldest(class);
	int64_t left;

	if (ev_is_active(&class->timer))
		ev_timer_stop(class->loop, &class->timer);
	if (first == NULL || class->timeout == 0)
		return;
	left = first->since + class->timeout - *class->now;
	ev_timer_set(&class->timer, left > 0 ? (double)left / 1e3 : 0., 0.);
	ev_timer_start(class->loop, &class->timer);
}

static void
on_timer(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct deadline_class *class = timer->data;
	struct deadline *d;

	(void)loop;
	(void)revents;
	while ((d = deadline_oldest(class)) != NULL &&
		d->since + class->timeout <= *class->now) {
		deadline_cancel(d);
		class->on_due(d);
	}
	set_timer(class);
}

void
deadline_class_init(struct deadline_class *class, struct ev_loop *loop,
	const int64_t *now, int64_t timeout, void (*on_due)(struct deadline *))
{
	*class = (struct deadline_class){
		.timeout = timeout, .now = now, .loop = loop, .on_due = on_due
	};
	class->list.prev = class->list.next = &class->list;
	ev_timer_init(&class->timer, on_timer, 0., 0.);
	class->timer.data = class;
}

void
deadline_class_fini(struct deadline_class *class)
{
	ev_timer_stop(class->loop, &class->timer);
}

void
deadline_class_set(struct deadline_class *class, int64_t timeout)
{
	class->timeout = timeout;
	set_timer(class);
}

struct deadline *
deadline_oldest(struct deadline_class *class)
{
	return class->list.next == &class->list ? NULL : class->list.next;
}

void
deadline_cancel(struct deadline *d)
{
	if (d->next == NULL)
		return;
	d->prev->next = d->next;
	d->next->prev = d->prev;
	d->prev = d->next = NULL;
}

static void
insert_behind(struct deadline *before, struct deadline *d)
{
	d->prev = before;
	d->next = before->next;
	d->prev->next = d->next->prev = d;
}

void
deadline_arm(struct deadline_class *class, struct deadline *d)
{
	deadline_cancel(d);
	d->since = *class->now;
	insert_behind(class->list.prev, d);
	if (!ev_is_active(&class->timer))
		set_timer(class);
}

void
deadline_arm_since(
	struct deadline_class *class, struct deadline *d, int64_t since)
{
	enum { MOST = 1000 }; /* steps */
	struct deadline *before;
	int steps = 0;

	deadline_cancel(d);
	before = class->list.prev;
	while (before != &class->list && before->since > since &&
		steps++ < MOST)
		before = before->prev;
	if (before != &class->list && before->since > since)
		since = before->since;
	d->since = since < *class->now ? since : *class->now;
	insert_behind(before, d);
	set_timer(class);
}
