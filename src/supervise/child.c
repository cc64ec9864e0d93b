/*
 * The child's side of the fork.  The memory of the master's loop is no longer
 * used; its descriptors are closed with all others.
 * SPDX-License-Identifier: MIT
 */
#include "supervise/child.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/channel.h"
#include "common/mem.h"
#include "common/profile.h"
#include "supervise/scoreboard.h"

/* The environment of the service manager is the master's; a module must not
 * see it. */
static const char *const masters_own[] = { "NOTIFY_SOCKET", "WATCHDOG_PID",
	"WATCHDOG_USEC", "LISTEN_FDS", "LISTEN_FDNAMES", "LISTEN_PID",
	"PRONG_SOCKETS", "PRONG_CONNECTIONS", "PRONG_TICKETS", "PRONG_FORCE" };

static const int ignored[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE,
	SIGUSR1, SIGUSR2, SIGTTIN, SIGTTOU, SIGTSTP };

void
child_block_signals(sigset_t *old)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, old);
}

void
child_unblock_signals(const sigset_t *old)
{
	sigprocmask(SIG_SETMASK, old, NULL);
}

static void
reset_signals(void)
{
	sigset_t none;

	for (int signo = 1; signo < NSIG; signo++)
		signal(signo, SIG_DFL);
	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		signal(ignored[i], SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static void
close_between(unsigned first, unsigned last)
{
	if (first > last)
		return;
#ifdef CLOSE_RANGE_CLOEXEC
	if (close_range(first, last, 0) == 0)
		return;
#endif
	if (last > (unsigned)sysconf(_SC_OPEN_MAX))
		last = (unsigned)sysconf(_SC_OPEN_MAX);
	for (unsigned fd = first; fd <= last; fd++)
		close((int)fd);
}

static int
by_number(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

static void
close_others(int *keep, size_t n)
{
	unsigned next = STDERR_FILENO + 1;

	qsort(keep, n, sizeof(*keep), by_number);
	for (size_t i = 0; i < n; i++) {
		if (keep[i] < (int)next)
			continue;
		close_between(next, (unsigned)keep[i] - 1);
		next = (unsigned)keep[i] + 1;
	}
	close_between(next, ~0u);
}

void
child_forget_master(int *keep, size_t n)
{
	reset_signals();
	close_others(keep, n);
}

static void
keep_heritage(const struct heritage *h, int board)
{
	size_t n = 0;
	size_t most = h->nlisteners + 3 * h->nroutes + h->logs.naccess + 3;
	int *keep = mem_calloc(most, sizeof(*keep));

	keep[n++] = h->channel;
	keep[n++] = board;
	keep[n++] = h->logs.error;
	for (unsigned i = 0; i < h->logs.naccess; i++)
		keep[n++] = h->logs.access[i];
	for (size_t i = 0; i < h->nlisteners; i++)
		keep[n++] = h->listeners[i].fd;
	for (size_t i = 0; i < h->nroutes; i++) {
		keep[n++] = h->routes[i].root.fd;
		keep[n++] = h->routes[i].module.fd;
		keep[n++] = h->routes[i].users.fd;
	}
	child_forget_master(keep, n);
	free(keep);
}

static void
forget_environment(void)
{
	for (size_t i = 0; i < sizeof(masters_own) / sizeof(masters_own[0]);
		i++)
		unsetenv(masters_own[i]);
}

_Noreturn static void
fail_to_start(const struct heritage *h, const char *what)
{
	struct channel_message m = { .kind = CHANNEL_FAILED };

	snprintf(
		m.text, sizeof(m.text), "cannot %s: %s", what, strerror(errno));
	channel_send(h->channel, &m);
	_exit(1);
}

void
child_run(const struct heritage *h, const struct scoreboard *board,
	struct proctitle *title, int (*worker)(const struct heritage *))
{
	int status;

	h->slot->step = SLOT_STEP_FORGET;
	keep_heritage(h, board->fd);
	forget_environment();
	h->slot->step = SLOT_STEP_SCOREBOARD;
	if (scoreboard_keep_own(board, h->slot) == -1)
		fail_to_start(h, "map the scoreboard");
	h->slot->step = SLOT_STEP_NONE;
	if (title != NULL)
		proctitle_set(title, "prong: worker %u (generation %u)",
			h->index, h->generation);
	status = worker(h);
	profile_write();
	_exit(status);
}
