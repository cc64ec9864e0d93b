/*
 * Workers that are not workers, and the loop around them.
 * SPDX-License-Identifier: MIT
 */
#include "support/stub.h"

#include <check.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "supervise/conn_router.h"
#include "supervise/generation_list.h"
#include "support/test_deadline.h"

enum { LIMIT = 20 /* seconds */ };

enum stub_behaviour stub_behaviour;

static void
say(int channel, enum channel_kind kind, const char *text)
{
	struct channel_message m = { .kind = kind };

	snprintf(m.text, sizeof(m.text), "%s", text);
	channel_send(channel, &m);
}

static bool
is_goodbye(enum channel_kind kind)
{
	return kind == CHANNEL_DRAIN || kind == CHANNEL_STOP;
}

/* The master's end, and what it said, decide; an orphan leaves. */
static int
listen_to_master(const struct heritage *h)
{
	struct pollfd p = { .fd = h->channel, .events = POLLIN };
	struct channel_message m;
	int rc;

	for (;;) {
		poll(&p, 1, -1);
		rc = channel_recv(h->channel, &m);
		if (rc == 0 || (rc == -1 && errno != EAGAIN))
			return 0;
		if (rc == 1 && is_goodbye(m.kind) &&
			stub_behaviour != STUB_STUBBORN)
			return 0;
		if (rc == 1 && m.kind == CHANNEL_GO)
			h->slot->state = SLOT_SERVING;
	}
}

int
stub_main(const struct heritage *h)
{
	h->slot->requests = 1;
	switch (stub_behaviour) {
	case STUB_FAILS:
		say(h->channel, CHANNEL_FAILED, "no such module");
		return 1;
	case STUB_CRASHES:
		snprintf(h->slot->current.head, SLOT_HEAD, "GET /\x1b\r\nX");
		raise(SIGKILL);
		return 1;
	case STUB_SILENT:
		break;
	default:
		say(h->channel, CHANNEL_READY, "");
	}
	return listen_to_master(h);
}

static void
fill(struct conf *c, struct arena *arena, unsigned workers)
{
	struct conf_listen *listen = arena_calloc(arena, 1, sizeof(*listen));
	struct sockaddr_in *in = (struct sockaddr_in *)&listen->address;

	listen->text = "127.0.0.1:0";
	in->sin_family = AF_INET;
	in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	listen->address_len = sizeof(*in);
	c->listen = listen;
	c->nlisten = 1;
	c->workers = workers;
	c->timeouts.ready = c->timeouts.drain = 5000;
	c->log.error.path = "off";
}

struct conf *
stub_conf(unsigned workers)
{
	struct arena arena;
	struct conf *c;

	arena_init(&arena, 1024, 0);
	c = arena_calloc(&arena, 1, sizeof(*c));
	fill(c, &arena, workers);
	c->arena = arena;
	return c;
}

static void
on_child(struct ev_loop *loop, ev_signal *w, int events)
{
	struct stub *s = w->data;
	int status;
	pid_t pid;

	(void)loop;
	(void)events;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		s->on_child(s, pid, status);
}

/* There is no generation that receives connections. */
static const struct generation_list no_generations;
static const struct conn_router router = { .generations = &no_generations };

void
stub_open(struct stub *s, void (*tell)(struct stub *, pid_t, int))
{
	*s = (struct stub){ .on_child = tell };
	stub_behaviour = STUB_SERVES;
	sink_init(&s->sink, SINK_OFF, -1, 4096, true);
	s->log = (struct log){ .to = &s->sink };
	ck_assert_int_eq(scoreboard_open(&s->scoreboard, 64), 0);
	s->env = (struct proc_env){ .loop = ev_loop_new(EVFLAG_NOENV),
		.log = &s->log,
		.scoreboard = &s->scoreboard,
		.worker = stub_main,
		.router = &router };
	ev_signal_init(&s->child, on_child, SIGCHLD);
	s->child.data = s;
	ev_signal_start(s->env.loop, &s->child);
}

/* No worker is left; a process that closes descriptors ends by itself. */
static void
check_children(void)
{
	int64_t deadline = deadline_in(DEADLINE);
	pid_t pid;

	while ((pid = waitpid(-1, NULL, WNOHANG)) != -1 &&
		deadline_left(deadline) > 0)
		sched_yield();
	ck_assert_int_eq(pid, -1);
	ck_assert_int_eq(errno, ECHILD);
}

void
stub_close(struct stub *s)
{
	check_children();
	ck_assert_ptr_null(s->listeners.first);
	ev_signal_stop(s->env.loop, &s->child);
	ev_loop_destroy(s->env.loop);
	scoreboard_close(&s->scoreboard);
	sink_fini(&s->sink);
}

static void
on_limit(struct ev_loop *loop, ev_timer *w, int events)
{
	(void)loop;
	(void)events;
	ck_abort_msg("waited in vain: %s", (const char *)w->data);
}

void
stub_wait(struct stub *s, bool (*is_done)(void *), void *arg, const char *what)
{
	ev_timer limit;

	ev_timer_init(&limit, on_limit, LIMIT, 0.);
	limit.data = (void *)what;
	ev_timer_start(s->env.loop, &limit);
	while (!is_done(arg))
		ev_run(s->env.loop, EVRUN_ONCE);
	ev_timer_stop(s->env.loop, &limit);
}
