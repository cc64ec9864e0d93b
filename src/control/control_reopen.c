/*
 * A worker counts in its slot the logs that it has taken.  One that is busy in
 * a module takes them later, and writes to the old ones until then.
 * SPDX-License-Identifier: MIT
 */
#include "control/control_reopen.h"

#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "control/control.h"
#include "control/control_orders.h"
#include "reconfig/reconfig.h"

enum {
	REOPEN = RECONFIG_KINDS, /* what the client waits for: no change */
	PATIENCE_MS = 3000,
};

static const double look_pause = 0.01; /* seconds */

static void
answer_all(struct control *control, bool is_ok, const char *reason)
{
	struct control_client *c;

	for (c = control->clients; c != NULL; c = c->next)
		if (c->is_waiting && c->kind == (int)REOPEN)
			control_answer(
				c, json_pack("{s:b,s:o,s:[]}", "ok", is_ok,
					   "reason",
					   control_text(reason, strlen(reason)),
					   "errors"));
}

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
	struct control_reopen *r = timer->data;
	char text[ERROR_TEXT_SIZE + 128];
	struct error_text who;
	bool is_late = find_late(r->env->generations, &who);

	(void)events;
	if (is_late && clock_now_ms() < r->until_ms)
		return;
	ev_timer_stop(loop, timer);
	if (is_late)
		snprintf(text, sizeof(text),
			"%s: busy, and still writing to the old logs; all "
			"others write to the new ones",
			who.text);
	answer_all(r->env->control, !is_late, is_late ? text : "logs reopened");
}

void
control_reopen_init(struct control_reopen *r)
{
	ev_timer_init(&r->timer, on_time, 0., look_pause);
	r->timer.data = r;
}

void
control_reopen_wait(const struct control_env *env, struct control_client *c)
{
	struct control_reopen *r = &c->control->reopen;

	c->kind = REOPEN;
	c->serial = 0;
	r->env = env;
	r->until_ms = clock_now_ms() + PATIENCE_MS;
	ev_timer_again(c->control->loop, &r->timer);
}
