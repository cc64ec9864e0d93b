/*
 * One worker's process, from fork to wait.
 *
 *   NONE -> STARTING -> READY -> SERVING -> LEAVING -> NONE
 *
 * Only enter() writes proc->state.  Any state but NONE may go to LEAVING, and
 * a process that dies goes to NONE from wherever it was.
 * SPDX-License-Identifier: MIT
 */
#include "supervise/proc.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "supervise/child.h"
#include "supervise/close_thread.h"
#include "supervise/conn_router.h"
#include "supervise/crash_report.h"
#include "supervise/proc_receive.h"

enum { CONGESTED = 32 }; /* messages */

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
enter(struct proc *p, enum proc_state next)
{
	assert(arrows[p->state] & (1u << next));
	p->state = next;
}

void
proc_be_ready(struct proc *p)
{
	enter(p, PROC_READY);
}

/* ---- the channel -------------------------------------------------------- */

void
proc_try_later(struct proc *p)
{
	struct ev_loop *loop = p->env->loop;

	ev_io_stop(loop, &p->messages);
	ev_io_stop(loop, &p->room);
	ev_timer_stop(loop, &p->pause);
	ev_timer_set(&p->pause, CHANNEL_PAUSE, 0.);
	ev_timer_start(loop, &p->pause);
}

static void
start_reading(struct proc *p)
{
	if (!p->is_paused && !p->is_refused)
		ev_io_start(p->env->loop, &p->messages);
}

static void
on_pause_over(struct ev_loop *loop, ev_timer *w, int events)
{
	struct proc *p = w->data;

	(void)events;
	start_reading(p);
	if (p->send_queue.first != NULL)
		ev_io_start(loop, &p->room);
}

static void
on_messages(struct ev_loop *loop, ev_io *w, int events)
{
	struct proc *p = w->data;

	(void)loop;
	if (events & EV_ERROR)
		log_warnx(p->env->log,
			"epoll does not take the channel of worker %u: memory "
			"or fs.epoll.max_user_watches is used up",
			p->index);
	proc_receive(p);
}

/* A message cannot be delivered.  A worker that does not know that it may
 * serve never would: another one is started in its place. */
static void
give_up(struct proc *p, enum channel_kind kind)
{
	if (kind == CHANNEL_CONN)
		log_err(p->env->log, "connections for worker %u were lost",
			p->index);
	else
		log_err(p->env->log, "worker %u (pid %ld) was not told%s",
			p->index, (long)p->pid,
			kind == CHANNEL_GO ? " to serve: killed" : "");
	if (kind == CHANNEL_GO)
		proc_kill(p);
}

static void
drop_first(struct proc *p)
{
	struct channel_message m;
	int error = errno;

	p->failed_sends = 0;
	if (!send_queue_take(&p->send_queue, &m))
		return;
	errno = error;
	give_up(p, m.kind);
	while (m.nfds > 0)
		close(m.fds[--m.nfds]);
}

static void
on_room(struct ev_loop *loop, ev_io *w, int events)
{
	struct proc *p = w->data;

	(void)events;
	if (send_queue_flush(&p->send_queue, p->channel) == 0) {
		p->failed_sends = 0;
		ev_io_stop(loop, w);
	} else if (errno == EAGAIN) {
		return;
	} else if (errno == EPIPE) {
		/* The process has exited. */
		ev_io_stop(loop, w);
	} else {
		if (++p->failed_sends >= CHANNEL_ATTEMPTS)
			drop_first(p);
		proc_try_later(p);
		return;
	}
	if (!proc_is_congested(p))
		conn_router_resume(p->env->router);
}

static void
on_timeout(struct ev_loop *loop, ev_timer *w, int events)
{
	struct proc *p = w->data;

	(void)loop;
	(void)events;
	p->on_timer(p);
}

void
proc_watch_again(struct proc *p)
{
	if (p->state == PROC_NONE)
		return;
	if (!p->is_paused)
		ev_io_start(p->env->loop, &p->messages);
	if (p->send_queue.first != NULL)
		ev_io_start(p->env->loop, &p->room);
}

void
proc_init(struct proc *p, const struct proc_env *env, struct generation *g,
	unsigned index,
	void (*on_message)(struct proc *, const struct channel_message *),
	void (*on_timer)(struct proc *))
{
	*p = (struct proc){ .env = env,
		.generation = g,
		.index = index,
		.channel = -1,
		.far_end = -1,
		.on_message = on_message,
		.on_timer = on_timer };
	ev_init(&p->messages, on_messages);
	ev_init(&p->timer, on_timeout);
	ev_init(&p->room, on_room);
	ev_init(&p->pause, on_pause_over);
	p->messages.data = p->room.data = p;
	p->timer.data = p->pause.data = p;
}

static void
adopt(struct proc *p, pid_t pid, const int ends[2])
{
	struct ev_loop *loop = p->env->loop;

	p->pid = pid;
	p->channel = ends[0];
	p->far_end = ends[1];
	p->born = clock_now_ms();
	p->health = PROC_WELL;
	p->pulse = (struct proc_pulse){ .is_on = false };
	p->has_served = p->is_due = p->is_partial = false;
	p->sent = 0;
	p->is_refused = false;
	p->failed_recvs = p->failed_sends = 0;
	p->why.text[0] = '\0';
	ev_io_set(&p->messages, ends[0], EV_READ);
	ev_io_set(&p->room, ends[0], EV_WRITE);
	ev_io_start(loop, &p->messages);
	enter(p, PROC_STARTING);
}

static pid_t
fork_child(const struct proc *p, const struct heritage *h)
{
	sigset_t old;
	pid_t pid;

	child_block_signals(&old);
	pid = fork();
	if (pid == 0)
		child_run(h, p->env->title, p->env->worker);
	child_unblock_signals(&old);
	return pid;
}

int
proc_fork(struct proc *p, struct heritage *h, struct error_text *why)
{
	int ends[2];
	pid_t pid;

	p->slot = scoreboard_take(p->env->scoreboard);
	if (p->slot == NULL)
		return error_text_set(why, "no slot left for another worker");
	if (channel_open(ends) == -1) {
		scoreboard_give_back(p->env->scoreboard, p->slot);
		return error_text_set(why, "channel: %s", strerror(errno));
	}
	h->slot = p->slot;
	h->inflight = scoreboard_inflight(p->env->scoreboard, p->slot);
	h->slots = p->env->scoreboard->slots;
	h->nslots = p->env->scoreboard->nslots;
	h->totals = p->env->scoreboard->totals;
	h->channel = ends[1];
	pid = fork_child(p, h);
	if (pid == -1) {
		close(ends[0]);
		close(ends[1]);
		scoreboard_give_back(p->env->scoreboard, p->slot);
		return error_text_set(why, "fork: %s", strerror(errno));
	}
	adopt(p, pid, ends);
	return 0;
}

void
proc_start_timer(struct proc *p, ev_tstamp after)
{
	ev_timer_stop(p->env->loop, &p->timer);
	ev_timer_set(&p->timer, after, 0.);
	ev_timer_start(p->env->loop, &p->timer);
}

/* In order: a message never overtakes those that wait.  True: it is out, or
 * the process has exited, and its exit will tell. */
static bool
send_at_once(struct proc *p, const struct channel_message *m)
{
	if (p->send_queue.first != NULL)
		return false;
	return channel_send(p->channel, m) == 0 ||
	       (errno == EPIPE && m->kind != CHANNEL_CONN);
}

static void
send_order(struct proc *p, const struct channel_message *m)
{
	if (send_at_once(p, m))
		return;
	if (send_queue_put(&p->send_queue, m) == -1)
		give_up(p, m->kind);
	else
		ev_io_start(p->env->loop, &p->room);
}

/* Connections wait for room, or for the next process. */
static void
keep_conns(struct proc *p, struct channel_message *m)
{
	if (send_queue_move(&p->send_queue, m) == -1)
		give_up(p, m->kind);
	else if (p->state >= PROC_SERVING)
		ev_io_start(p->env->loop, &p->room);
}

void
proc_tell(struct proc *p, const struct channel_message *m)
{
	if (p->state == PROC_NONE)
		return;
	if (m->kind == CHANNEL_GO && p->state == PROC_READY) {
		enter(p, PROC_SERVING);
		p->has_served = true;
	}
	if (m->kind == CHANNEL_DRAIN || m->kind == CHANNEL_STOP)
		enter(p, PROC_LEAVING);
	send_order(p, m);
}

void
proc_pass(struct proc *p, struct channel_message *m)
{
	if (p->state < PROC_SERVING || !send_at_once(p, m))
		keep_conns(p, m);
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

bool
proc_is_congested(const struct proc *p)
{
	return p->send_queue.count > CONGESTED;
}

void
proc_pause(struct proc *p)
{
	if (p->state == PROC_NONE)
		return;
	p->is_paused = true;
	ev_io_stop(p->env->loop, &p->messages);
}

void
proc_resume(struct proc *p)
{
	if (!p->is_paused)
		return;
	p->is_paused = false;
	if (p->state != PROC_NONE)
		start_reading(p);
}

struct proc *
proc_detach(struct proc *p)
{
	struct ev_loop *loop = p->env->loop;
	struct proc *old = malloc(sizeof(*old));

	if (old == NULL)
		return NULL;
	ev_io_stop(loop, &p->messages);
	ev_io_stop(loop, &p->room);
	ev_timer_stop(loop, &p->timer);
	ev_timer_stop(loop, &p->pause);
	*old = *p;
	old->messages.data = old->room.data = old;
	old->timer.data = old->pause.data = old;
	start_reading(old);
	if (old->send_queue.first != NULL)
		ev_io_start(loop, &old->room);
	proc_init(p, old->env, old->generation, old->index, old->on_message,
		old->on_timer);
	return old;
}

void
proc_fini(struct proc *p)
{
	assert(p->state == PROC_NONE && p->channel == -1);
	ev_timer_stop(p->env->loop, &p->timer);
	send_queue_fini(&p->send_queue);
}

void
proc_kill(struct proc *p)
{
	if (p->state == PROC_NONE)
		return;
	enter(p, PROC_LEAVING);
	kill(p->pid, SIGKILL);
}

static void
recover_message(struct proc *p, struct channel_message *m)
{
	if (m->kind == CHANNEL_CONN)
		keep_conns(p, m);
	while (m->nfds > 0)
		close(m->fds[--m->nfds]);
}

/* Connections that were on their way to it: they are its successor's. */
static void
recover(struct proc *p)
{
	struct channel_message m;
	int rc;

	do {
		rc = channel_recv(p->far_end, &m);
		if (rc == 1)
			recover_message(p, &m);
		else if (rc == -1 && errno == EMFILE)
			channel_skip(p->far_end);
	} while (rc == 1 || (rc == -1 && (errno == EMFILE || errno == EPROTO)));
	close(p->far_end);
	p->far_end = -1;
}

/* What a worker sent and the master did not read may hold descriptors that
 * take long to close. */
static void
close_channel(struct proc *p)
{
	if (p->is_refused)
		close_in_thread(&p->channel, 1);
	else
		close(p->channel);
	p->channel = -1;
}

void
proc_reap(struct proc *p, int status, struct error_text *how)
{
	struct ev_loop *loop = p->env->loop;

	proc_receive_last(p);
	suspect_describe_exit(p, status, how);
	if (status != 0)
		crash_report_log_inflight(p);
	ev_io_stop(loop, &p->messages);
	ev_io_stop(loop, &p->room);
	ev_timer_stop(loop, &p->timer);
	ev_timer_stop(loop, &p->pause);
	enter(p, PROC_NONE);
	recover(p);
	close_channel(p);
	scoreboard_give_back(p->env->scoreboard, p->slot);
	send_queue_forget_orders(&p->send_queue);
	p->is_paused = false;
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
