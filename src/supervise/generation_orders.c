/*
 * The master's orders to all workers of a generation.
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "supervise/conn_router.h"
#include "supervise/generation.h"
#include "supervise/generation_private.h"
#include "supervise/socket_assign.h"

static const double stop_limit = 1; /* seconds from STOP to SIGKILL */

static void
begin_drain(struct generation *g, double limit)
{
	generation_enter(g, GENERATION_DRAINING);
	for (struct proc *p = generation_next(g, NULL); p != NULL;
		p = generation_next(g, p)) {
		ev_timer_stop(g->env->loop, &p->timer);
		if (p->state == PROC_NONE)
			conn_router_flush(g->env->router, p);
	}
	generation_set_deadline(g, limit);
}

void
generation_drain(
	struct generation *g, int64_t limit, enum channel_drain_mode mode)
{
	struct channel_drain order = { .mode = mode };
	struct channel_message m;

	begin_drain(g, (double)limit / 1e3);
	if (mode == CHANNEL_DRAIN_RELOAD)
		socket_assign_release(g, &order);
	channel_drain_write(&m, &order);
	generation_tell(g, &m);
	generation_end_if_empty(g);
}

void
generation_keep_conns(struct generation *g)
{
	struct channel_message m;

	channel_drain_write(
		&m, &(struct channel_drain){ .mode = CHANNEL_DRAIN_SHUTDOWN });
	generation_tell(g, &m);
}

void
generation_resume(struct generation *g)
{
	for (struct proc *p = generation_next(g, NULL); p != NULL;
		p = generation_next(g, p))
		proc_resume(p);
}

void
generation_stop(struct generation *g)
{
	begin_drain(g, stop_limit);
	generation_tell(g, &(struct channel_message){ .kind = CHANNEL_STOP });
	generation_end_if_empty(g);
}

void
generation_kill(struct generation *g)
{
	begin_drain(g, stop_limit);
	for (struct proc *p = generation_next(g, NULL); p != NULL;
		p = generation_next(g, p))
		proc_kill(p);
	generation_end_if_empty(g);
}

/* ---- logs ---------------------------------------------------------------- */

/* The error log comes first, then the access logs by their numbers. */
static int
find_log(const struct generation *g, unsigned place, int null)
{
	int fd = place == 0 ? g->logs.error : g->logs.access[place - 1];

	return fd == -1 ? null : fd;
}

static void
count_logs(struct generation *g, unsigned n)
{
	for (struct proc *p = generation_next(g, NULL); p != NULL;
		p = generation_next(g, p))
		if (p->pid != 0)
			p->logs_sent += n;
}

static void
send_logs(struct generation *g, int null)
{
	unsigned n = 1 + g->logs.naccess;
	struct channel_message m = { .kind = CHANNEL_REOPEN };

	for (unsigned place = 0; place < n;) {
		snprintf(m.text, sizeof(m.text), "%u", place);
		for (m.nfds = 0; m.nfds < CHANNEL_FDS && place < n; place++)
			m.fds[m.nfds++] = find_log(g, place, null);
		generation_tell(g, &m);
		count_logs(g, (unsigned)m.nfds);
	}
}

void
generation_name_late(const struct generation *g, struct error_text *who)
{
	struct proc *p = NULL;
	size_t len;

	while ((p = generation_next(g, p)) != NULL) {
		if (p->slot == NULL ||
			__atomic_load_n(&p->slot->logs_taken,
				__ATOMIC_RELAXED) >= p->logs_sent)
			continue;
		len = strlen(who->text);
		snprintf(who->text + len, sizeof(who->text) - len,
			"%sworker %u (pid %ld)", len == 0 ? "" : ", ", p->index,
			(long)p->pid);
	}
}

int
generation_reopen(struct generation *g, struct error_text *why)
{
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	struct log_files new;

	if (null == -1)
		return error_text_set(why, "/dev/null: %s", strerror(errno));
	if (log_files_open(&new, &g->conf->log, why) == -1) {
		close(null);
		return -1;
	}
	log_files_close(&g->logs);
	g->logs = new;
	send_logs(g, null);
	close(null);
	return 0;
}
