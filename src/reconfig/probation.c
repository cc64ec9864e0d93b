/*
 * A timer, a count of crashes, and the configuration to roll back to.
 * SPDX-License-Identifier: MIT
 */
#include "reconfig/probation.h"

#include <stddef.h>

#include "common/clock.h"

static void
release_conf(struct probation *p)
{
	conf_free(p->conf);
	resources_unref(p->resources);
	p->conf = NULL;
	p->resources = NULL;
	p->crashes = 0;
}

static void
on_expired(struct ev_loop *loop, ev_timer *timer, int events)
{
	(void)loop;
	(void)events;
	release_conf(timer->data);
}

void
probation_init(struct probation *p, struct ev_loop *loop)
{
	*p = (struct probation){ .loop = loop };
	ev_init(&p->timer, on_expired);
	p->timer.data = p;
}

void
probation_start(struct probation *p, struct conf *conf, struct resources *r,
	unsigned workers, int64_t duration)
{
	if (duration == 0) {
		probation_stop(p);
		return;
	}
	if (p->crashes == 0) {
		conf_hold(conf);
		if (r != NULL)
			resources_ref(r);
		release_conf(p);
		p->conf = conf;
		p->resources = r;
		p->workers = workers;
	}
	p->crashes = 0;
	p->end = clock_now_ms() + duration;
	ev_timer_stop(p->loop, &p->timer);
	ev_timer_set(&p->timer, (double)duration / 1e3, 0.);
	ev_timer_start(p->loop, &p->timer);
}

void
probation_stop(struct probation *p)
{
	ev_timer_stop(p->loop, &p->timer);
	release_conf(p);
}

bool
probation_is_on(const struct probation *p)
{
	return p->conf != NULL;
}

int64_t
probation_left(const struct probation *p)
{
	int64_t left = p->conf == NULL ? 0 : p->end - clock_now_ms();

	return left > 0 ? left : 0;
}

bool
probation_fails(struct probation *p)
{
	return p->conf != NULL && ++p->crashes > PROBATION_CRASHES;
}
