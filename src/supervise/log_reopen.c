/*
 * A worker counts in its slot the logs that it has taken.  One that is busy in
 * a module takes them later, and writes to the old ones until then.
 * SPDX-License-Identifier: MIT
 */
#include "supervise/log_reopen.h"

#include "common/clock.h"
#include "common/error_text.h"
#include "supervise/generation_list.h"

enum { PATIENCE_MS = 3000 };

static const double look_pause = 0.01; /* seconds */

static bool
find_late(const struct generation_list *generations, struct error_text *who)
{
	const struct generation *g = generations->first;

	who->text[0] = '\0';
	for (; g != NULL; g = g->next)
		generation_name_late(g, who);
	return who->text[0] != '\0';
}

static void
on_time(struct ev_loop *loop, ev_timer *timer, int events)
{
	struct log_reopen *r = timer->data;
	struct error_text who;
	bool is_late = find_late(r->generations, &who);

	(void)events;
	if (is_late && clock_now_ms() < r->until_ms)
		return;
	ev_timer_stop(loop, timer);
	r->on_end(r->arg, is_late ? who.text : NULL);
}

void
log_reopen_init(struct log_reopen *r, struct ev_loop *loop,
	const struct generation_list *generations,
	void (*on_end)(void *arg, const char *late), void *arg)
{
	*r = (struct log_reopen){
		.loop = loop,
		.generations = generations,
		.on_end = on_end,
		.arg = arg,
	};
	ev_timer_init(&r->timer, on_time, 0., look_pause);
	r->timer.data = r;
}

void
log_reopen_wait(struct log_reopen *r)
{
	r->until_ms = clock_now_ms() + PATIENCE_MS;
	ev_timer_again(r->loop, &r->timer);
}

bool
log_reopen_is_waiting(const struct log_reopen *r)
{
	return ev_is_active(&r->timer);
}

void
log_reopen_stop(struct log_reopen *r)
{
	ev_timer_stop(r->loop, &r->timer);
}
