/*
 * The table of signals and their watchers.
 * SPDX-License-Identifier: MIT
 */
#include "signals.h"

#include <assert.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

// clang-format off
static const struct row {
	int signo;
	const char *name;
	enum signals_action action;
} rows[] = {
	{ SIGTERM, "TERM", SIGNALS_DRAIN },
	{ SIGQUIT, "QUIT", SIGNALS_STOP },
	{ SIGINT,  "INT",  SIGNALS_STOP },
	{ SIGHUP,  "HUP",  SIGNALS_RELOAD },
	{ SIGUSR1, "USR1", SIGNALS_REOPEN },
	{ SIGTTIN, "TTIN", SIGNALS_MORE },
	{ SIGTTOU, "TTOU", SIGNALS_FEWER },
	{ SIGUSR2, "USR2", SIGNALS_UPGRADE },
	{ SIGCHLD, "CHLD", SIGNALS_REAP },
};
// clang-format on

enum { ROWS = sizeof(rows) / sizeof(rows[0]) };
_Static_assert((int)ROWS <= (int)SIGNALS_MAX, "a watcher for every row");

static bool
is_held(enum signals_action action)
{
	return action != SIGNALS_DRAIN && action != SIGNALS_STOP &&
	       action != SIGNALS_REAP;
}

static void
change_mask(int how)
{
	sigset_t held;

	sigemptyset(&held);
	for (size_t i = 0; i < ROWS; i++)
		if (is_held(rows[i].action))
			sigaddset(&held, rows[i].signo);
	sigprocmask(how, &held, NULL);
}

void
signals_hold(void)
{
	change_mask(SIG_BLOCK);
}

static void
on_signal(struct ev_loop *loop, ev_signal *w, int events)
{
	struct signals *s = w->data;
	const struct row *r = &rows[w - s->watchers];

	(void)loop;
	(void)events;
	s->on_action(s->arg, r->action, r->name);
}

void
signals_start(struct signals *s, struct ev_loop *loop,
	void (*on_action)(void *, enum signals_action, const char *), void *arg)
{
	s->on_action = on_action;
	s->arg = arg;
	signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; i < ROWS; i++) {
		ev_signal_init(&s->watchers[i], on_signal, rows[i].signo);
		s->watchers[i].data = s;
		ev_signal_start(loop, &s->watchers[i]);
	}
	change_mask(SIG_UNBLOCK);
}

void
signals_stop(struct signals *s, struct ev_loop *loop)
{
	signals_hold();
	for (size_t i = 0; i < ROWS; i++)
		ev_signal_stop(loop, &s->watchers[i]);
}

int
signals_number(enum signals_action action)
{
	for (size_t i = 0; i < ROWS; i++)
		if (rows[i].action == action)
			return rows[i].signo;
	assert(!"an action without a signal");
	return -1;
}
