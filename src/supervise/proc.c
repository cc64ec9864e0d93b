/*
 * One worker's process, from fork to wait.
 *
 *   NONE -> STARTING -> READY -> SERVING -> LEAVING -> NONE
 *
 * Only enter_state() writes proc->state.  Any state but NONE may go to LEAVING,
 * and a process that dies goes to NONE from wherever it was.
 * SPDX-License-Identifier: MIT
 */
#include "supervise/proc.h"
#include "supervise/bus.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/conf.h"
#include "supervise/child.h"
#include "supervise/crash_report.h"
#include "supervise/proc_channel.h"
#include "supervise/proc_receive.h"
#include "supervise/recent_rings.h"
#include "supervise/tickets.h"

static const double first_delay = 0.1; /* seconds */

#define TO(state) (1u << PROC_##state)

// clang-format off
static const unsigned arrows[] = {
	[PROC_NONE]     = TO(STARTING),
	[PROC_STARTING] = TO(READY) | TO(LEAVING) | TO(NONE),
	[PROC_READY]    = TO(SERVING) | TO(LEAVING) | TO(NONE),
	[PROC_SERVING]  = TO(LEAVING) | TO(NONE),
	[PROC_LEAVING]  = TO(LEAVING) | TO(NONE),
};
// clang-format on

static const char *const names[] = {
	[PROC_NONE] = "not there",
	[PROC_STARTING] = "starting",
	[PROC_READY] = "ready",
	[PROC_SERVING] = "serving",
	[PROC_LEAVING] = "leaving",
};

_Static_assert(sizeof(arrows) / sizeof(arrows[0]) == PROC_STATES &&
		       sizeof(names) / sizeof(names[0]) == PROC_STATES,
	"every state has its arrows and a name");

const char *
proc_state_name(enum proc_state state)
{
	return names[state];
}

static void
enter_state(struct proc *p, enum proc_state next)
{
	assert(arrows[p->state] & (1u << next));
	p->state = next;
}

void
proc_be_ready(struct proc *p)
{
	enter_state(p, PROC_READY);
}

static void
on_timeout(struct ev_loop *loop, ev_timer *w, int events)
{
	struct proc *p = w->data;

	(void)loop;
	(void)events;
	p->events->on_timer(p);
}

void
proc_init(struct proc *p, const struct proc_env *env, struct generation *g,
	unsigned index, const struct proc_events *events)
{
	*p = (struct proc){
		.env = env, .generation = g, .index = index, .events = events
	};
	proc_channel_init(p);
	ev_init(&p->timer, on_timeout);
	p->timer.data = p;
}

static void
begin_process(struct proc *p, pid_t pid, const int ends[2])
{
	p->pid = pid;
	p->born = clock_now_ms();
	p->health = PROC_WELL;
	p->pulse = (struct proc_pulse){ .is_on = false };
	p->has_served = p->is_due = p->is_partial = false;
	p->why.text[0] = '\0';
	proc_channel_start(p, ends);
	enter_state(p, PROC_STARTING);
}

static pid_t
fork_child(const struct proc *p, const struct heritage *h)
{
	sigset_t old;
	pid_t pid;

	child_block_signals(&old);
	pid = scoreboard_fork(p->env->scoreboard);
	if (pid == 0)
		child_run(h, p->env->scoreboard, p->env->title, p->env->worker);
	child_unblock_signals(&old);
	return pid;
}

/* The fork, with a ring for the process's requests. */
static pid_t
fork_with_ring(const struct proc *p, struct heritage *h)
{
	struct recent_rings *rings = p->env->recent;
	pid_t pid;

	if (rings == NULL || h->conf->log.recent == 0)
		return fork_child(p, h);
	h->recent = recent_rings_add(rings, (size_t)h->conf->log.recent);
	if (h->recent.ring == NULL)
		log_warnx(p->env->log,
			"no memory for log.recent of worker %u: its requests "
			"are not remembered",
			p->index);
	pid = fork_child(p, h);
	recent_rings_forked(rings, &h->recent, pid);
	return pid;
}

int
proc_fork(struct proc *p, struct heritage *h, struct error_text *why)
{
	char text[ERROR_TEXT_ERRNO];
	int ends[2];
	pid_t pid;

	p->logs_sent = 0;
	p->slot = scoreboard_take(p->env->scoreboard, p->sites);
	if (p->slot == NULL)
		return error_text_set(why, "no slot left for another worker");
	if (channel_open(ends) == -1) {
		scoreboard_give_back(p->env->scoreboard, p->slot);
		return error_text_set(why, "channel: %s",
			error_text_errno(errno, text, sizeof(text)));
	}
	h->slot = p->slot;
	h->inflight = scoreboard_inflight(p->env->scoreboard, p->slot);
	h->site_counters =
		scoreboard_site_counters(p->env->scoreboard, p->slot);
	h->metrics = scoreboard_metrics(p->env->scoreboard, p->slot);
	h->durations = scoreboard_routes(p->env->scoreboard, p->slot);
	h->scoreboard = p->env->scoreboard->view;
	h->channel = ends[1];
	h->tickets = tickets_inherit(p->env->tickets);
	pid = fork_with_ring(p, h);
	if (pid == -1) {
		close(ends[0]);
		close(ends[1]);
		scoreboard_give_back(p->env->scoreboard, p->slot);
		return error_text_set(why, "fork: %s", strerror(errno));
	}
	begin_process(p, pid, ends);
	return 0;
}

void
proc_start_timer(struct proc *p, ev_tstamp after)
{
	ev_timer_stop(p->env->loop, &p->timer);
	ev_timer_set(&p->timer, after, 0.);
	ev_timer_start(p->env->loop, &p->timer);
}

void
proc_tell(struct proc *p, const struct channel_message *m)
{
	bool is_greeted = false;

	if (p->state == PROC_NONE)
		return;
	if (m->kind == CHANNEL_GO && p->state == PROC_READY) {
		enter_state(p, PROC_SERVING);
		p->has_served = is_greeted = true;
	}
	if (m->kind == CHANNEL_DRAIN || m->kind == CHANNEL_STOP)
		enter_state(p, PROC_LEAVING);
	if (is_greeted)
		bus_inherit(p);
	proc_channel_send(p, m);
	if (is_greeted)
		bus_greet(p);
}

int64_t
proc_age(const struct proc *p)
{
	return clock_now_ms() - p->born;
}

bool
proc_is_live(const struct proc *p)
{
	return p->state == PROC_SERVING && p->health == PROC_WELL;
}

struct proc *
proc_detach(struct proc *p)
{
	struct proc *old = malloc(sizeof(*old));
	const struct scoreboard_sites *sites = p->sites;

	if (old == NULL)
		return NULL;
	proc_channel_stop(p);
	ev_timer_stop(p->env->loop, &p->timer);
	*old = *p;
	old->timer.data = old;
	proc_channel_moved(old);
	proc_init(p, old->env, old->generation, old->index, old->events);
	p->sites = sites;
	return old;
}

void
proc_fini(struct proc *p)
{
	assert(p->state == PROC_NONE && p->channel.fd == -1);
	ev_timer_stop(p->env->loop, &p->timer);
	send_queue_fini(&p->channel.send_queue);
}

void
proc_kill(struct proc *p)
{
	if (p->state == PROC_NONE)
		return;
	enter_state(p, PROC_LEAVING);
	kill(p->pid, SIGKILL);
}

void
proc_reap(struct proc *p, int status, struct error_text *how)
{
	proc_receive_last(p);
	crash_report_exit(p, status, how);
	/* A module may have called exit(0). */
	if (status != 0 || p->state == PROC_SERVING)
		crash_report_log_inflight(p);
	ev_timer_stop(p->env->loop, &p->timer);
	enter_state(p, PROC_NONE);
	p->is_successor |= p->has_served;
	proc_channel_close(p);
	scoreboard_give_back(p->env->scoreboard, p->slot);
	if (p->env->recent != NULL)
		recent_rings_exited(p->env->recent, p->pid);
	p->slot = NULL;
	p->pid = 0;
}

ev_tstamp
proc_back_off(unsigned failures)
{
	double delay = first_delay;

	if (failures == 0)
		return 0;
	while (--failures > 0 && delay < PROC_LONGEST_DELAY)
		delay *= 2;
	if (delay > PROC_LONGEST_DELAY)
		delay = PROC_LONGEST_DELAY;
	return delay * (1 - 0.5 * drand48());
}
