/*
 * A message is looked at before it is taken from the channel, and taken only
 * when message_check() has passed it.
 * SPDX-License-Identifier: MIT
 */
#include "supervise/proc_receive.h"

#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "supervise/close_thread.h"
#include "supervise/conn_router.h"
#include "supervise/message_check.h"
#include "supervise/proc.h"

enum { AT_ONCE = 64 /* messages, then the loop has its turn */ };

/* Its messages stay in the channel, which proc_reap() closes. */
static void
refuse(struct proc *p, const struct channel_message *m, bool is_last,
	const struct error_text *what)
{
	p->channel.is_refused = true;
	close_in_thread(m->fds, m->nfds);
	ev_io_stop(p->env->loop, &p->channel.messages);
	log_errx(p->env->log, "worker %u (pid %ld) %s%s", p->index,
		(long)p->pid, what->text, is_last ? "" : ": killed");
	error_text_set(&p->why, "%sit %s",
		is_last ? "" : "SIGKILL of the master: ", what->text);
	/* A process that was reaped has no pid any more. */
	if (!is_last)
		kill(p->pid, SIGKILL);
}

static void
take(struct proc *p, struct channel_message *m, bool is_last)
{
	enum channel_kind kind = m->kind;

	if (kind == CHANNEL_FAILED)
		message_text(m, &p->why);
	if (kind == CHANNEL_READY && p->state == PROC_STARTING && !is_last)
		proc_be_ready(p);
	if (kind == CHANNEL_CONN)
		conn_router_from_worker(p->env->router, p, m);
	while (m->nfds > 0)
		close(m->fds[--m->nfds]);
	/* The last act: a worker that is recycled is detached by it. */
	if (kind != CHANNEL_CONN && !is_last)
		p->events->on_message(p, m);
}

/* False: the worker is no longer read. */
static bool
check_and_take(struct proc *p, struct channel_message *m, bool is_last)
{
	struct error_text what;

	if (message_check(p, m, &what) == -1) {
		refuse(p, m, is_last, &what);
		return false;
	}
	p->channel.failed_recvs = 0;
	channel_skip(p->channel.fd);
	take(p, m, is_last);
	return true;
}

/* The master has no descriptor for those of the next message.  False: it is
 * left for later.  The last messages of a process cannot wait. */
static bool
skip(struct proc *p, bool is_last)
{
	if (!is_last && ++p->channel.failed_recvs < CHANNEL_ATTEMPTS) {
		proc_try_later(p);
		return false;
	}
	channel_skip(p->channel.fd);
	log_warnx(p->env->log,
		"dropped a message of worker %u (pid %ld): no descriptor is "
		"left for those in it; raise the limit of open files "
		"(ulimit -n, LimitNOFILE)",
		p->index, (long)p->pid);
	return true;
}

/* False: there is none, or no more should be taken now. */
static bool
receive(struct proc *p, bool is_last)
{
	struct channel_message m;
	struct error_text what;
	int rc = channel_peek(p->channel.fd, &m);

	if (rc == 1)
		return check_and_take(p, &m, is_last);
	if (rc == 0)
		ev_io_stop(p->env->loop, &p->channel.messages);
	else if (errno == EMFILE)
		return skip(p, is_last);
	else if (errno == EPROTO) {
		error_text_set(&what, "sent a malformed message");
		refuse(p, &m, is_last, &what);
	}
	return false;
}

void
proc_receive(struct proc *p)
{
	int left = AT_ONCE;

	while (left-- > 0 && !p->channel.is_paused && !p->channel.is_refused &&
		p->state != PROC_NONE && receive(p, false))
		;
}

/* A thread or a child of the worker may have the channel still: it cannot send
 * any more from here on. */
void
proc_receive_last(struct proc *p)
{
	shutdown(p->channel.fd, SHUT_RD);
	while (!p->channel.is_refused && receive(p, true))
		;
}
