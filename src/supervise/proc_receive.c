/*
 * A message is read from the channel only after message_check() has passed a
 * copy of it (MSG_PEEK).
 * SPDX-License-Identifier: MIT
 */
#include "supervise/proc_receive.h"

#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "supervise/bus.h"
#include "supervise/close_process.h"
#include "supervise/conn_router.h"
#include "supervise/message_check.h"
#include "supervise/proc.h"

enum { AT_ONCE = 64 /* messages, then the loop has its turn */ };

/* The messages stay in the channel, which proc_reap() closes. */
static void
refuse_message(struct proc *p, const struct channel_message *m, bool is_last,
	const struct error_text *what)
{
	p->channel.is_refused = true;
	close_in_process(m->fds, m->nfds);
	ev_io_stop(p->env->loop, &p->channel.messages);
	log_errx(p->env->log, "worker %u (pid %ld) %s%s", p->index,
		(long)p->pid, what->text, is_last ? "" : ": killed");
	error_text_set(&p->why, "%sit %s",
		is_last ? "" : "SIGKILL of the master: ", what->text);
	/* A process that has been waited for no longer has its pid. */
	if (!is_last)
		kill(p->pid, SIGKILL);
}

static void
take_message(struct proc *p, struct channel_message *m, bool is_last)
{
	enum channel_kind kind = m->kind;

	if (kind == CHANNEL_FAILED)
		message_text(m, &p->why);
	if (kind == CHANNEL_READY && p->state == PROC_STARTING && !is_last)
		proc_be_ready(p);
	if (kind == CHANNEL_CONN)
		conn_router_from_worker(p->env->router, p, m);
	if (kind == CHANNEL_BUS)
		bus_pass(p, m);
	if (kind == CHANNEL_ONCE && p->env->bus != NULL && !is_last)
		bus_give_role(p->env->bus, p, m);
	while (m->nfds > 0)
		close(m->fds[--m->nfds]);
	/* This is the last action, since recycling detaches the worker. */
	if (kind != CHANNEL_CONN && kind != CHANNEL_BUS &&
		kind != CHANNEL_ONCE && !is_last)
		p->events->on_message(p, m);
}

/* Returns false if the worker is no longer read. */
static bool
check_and_take(struct proc *p, struct channel_message *m, bool is_last)
{
	struct error_text what;

	if (message_check(p, m, &what) == -1) {
		refuse_message(p, m, is_last, &what);
		return false;
	}
	p->channel.failed_recvs = 0;
	channel_skip(p->channel.fd);
	take_message(p, m, is_last);
	return true;
}

/* The master has no descriptors left for those of the next message.  Returns
 * false if the message waits for another attempt; the last messages of a
 * process cannot wait. */
static bool
skip_message(struct proc *p, bool is_last)
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

/* Returns false if there is no message, or no more should be taken now. */
static bool
receive_message(struct proc *p, bool is_last)
{
	struct channel_message m;
	struct error_text what;
	int rc = channel_peek(p->channel.fd, &m);

	if (rc == 1)
		return check_and_take(p, &m, is_last);
	if (rc == -1 && errno == EMFILE)
		return skip_message(p, is_last);
	/* The master has the other end, too, so that the exit of the process is
	 * no EOF: the process has sent an empty message, or shut its end down.
	 * The last EOF is that of proc_receive_last(). */
	if (rc == 0 && is_last)
		return false;
	if (rc == 0 || errno == EPROTO) {
		error_text_set(&what, "sent %s message",
			rc == 0 ? "an empty" : "a malformed");
		refuse_message(p, &m, is_last, &what);
	}
	return false;
}

void
proc_receive(struct proc *p)
{
	int left = AT_ONCE;

	while (left-- > 0 && !p->channel.is_paused && !p->channel.is_refused &&
		p->state != PROC_NONE && receive_message(p, false))
		;
}

/* A thread or a child of the worker may still have the channel: from here on
 * it cannot send any more. */
void
proc_receive_last(struct proc *p)
{
	shutdown(p->channel.fd, SHUT_RD);
	while (!p->channel.is_refused && receive_message(p, true))
		;
}
