/*
 * The old master's side of an upgrade; upgrade_new.c is the new one's.
 * SPDX-License-Identifier: MIT
 */
#include "reconfig/upgrade.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "master.h"
#include "master_state.h"
#include "supervise/child.h"

/* ---- the child, until it is another program ----------------------------- */

/* A number for the environment. */
static int
set_number(const char *name, long number)
{
	char text[24];

	snprintf(text, sizeof(text), "%ld", number);
	return setenv(name, text, 1);
}

static void
keep(int fd)
{
	fcntl(fd, F_SETFD, 0);
}

static void
list_listener(const struct listener *l, FILE *list)
{
	if (l == NULL || l->is_passed)
		return;
	for (size_t i = 0; i < l->nlistening; i++) {
		fprintf(list, "%d=%s\n", l->fds[i], l->text);
		keep(l->fds[i]);
	}
}

static void
list_passed(const struct inherited *in, FILE *list)
{
	for (size_t i = 0; i < in->n; i++) {
		const struct inherited_socket *s = &in->all[i];

		if (s->fd == -1 || s->name == NULL)
			continue;
		fprintf(list, "%d=systemd:%s\n", s->fd, s->name);
		keep(s->fd);
	}
}

/* 0, or -1: no memory. */
static int
set_environment(const struct master *m, int fd, int conns)
{
	char *text = NULL;
	size_t size = 0;
	FILE *list = open_memstream(&text, &size);
	const struct listener *l;
	int failed;

	if (list == NULL)
		return -1;
	for (l = m->listeners.first; l != NULL; l = l->next)
		list_listener(l, list);
	list_listener(m->control.listener, list);
	list_passed(&m->inherited, list);
	fprintf(list, "%d=%s", fd, INHERITED_UPGRADE);
	if (fclose(list) == EOF)
		return -1;
	keep(fd);
	failed = conn_export_announce(conns);
	failed |= setenv("PRONG_SOCKETS", text, 1);
	free(text);
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDNAMES");
	if (getenv("WATCHDOG_PID") != NULL)
		failed |= set_number("WATCHDOG_PID", getpid());
	return failed == 0 ? 0 : -1;
}

_Noreturn static void
become(const struct master *m, int fd, int conns)
{
	struct error_text why;

	for (int signo = 1; signo < NSIG; signo++)
		signal(signo, SIG_DFL);
	if (set_environment(m, fd, conns) == 0) {
		child_unblock_signals(&(sigset_t){ 0 });
		execv(m->plan->program, m->plan->argv);
	}
	error_text_set(&why, "%s: %s", m->plan->program, strerror(errno));
	upgrade_send_failed(fd, &why);
	_exit(127);
}

static pid_t
fork_new_master(const struct master *m, int fd, int conns)
{
	sigset_t old;
	pid_t pid;

	child_block_signals(&old);
	pid = fork();
	if (pid == 0)
		become(m, fd, conns);
	child_unblock_signals(&old);
	return pid;
}

/* ---- its end ------------------------------------------------------------ */

static void
forget(struct master *m)
{
	struct upgrade *u = &m->upgrade;

	ev_timer_stop(m->env.loop, &u->limit);
	ev_io_stop(m->env.loop, &u->io);
	if (u->fd != -1)
		close(u->fd);
	if (u->conns != -1)
		close(u->conns);
	u->fd = u->conns = -1;
	u->pid = 0;
}

static void
fail(struct master *m, const struct error_text *why)
{
	forget(m);
	pid_file_keep(&m->pid_file);
	reconfig_upgrade_failed(m, why);
}

/* The new one is the server from here on, whatever becomes of us. */
static void
succeed(struct master *m, bool takes_connections)
{
	struct upgrade *u = &m->upgrade;
	pid_t pid = u->pid;

	notify_successor(&m->notify, pid);
	notify_stop(&m->notify, m->env.loop);
	notify_close(&m->notify);
	pid_file_hand_over(&m->pid_file);
	listeners_own_names(&m->listeners, false);
	control_hand_over(&m->control);
	if (takes_connections) {
		conn_export_open(&m->conn_export, u->conns);
		u->conns = -1;
	}
	upgrade_send(u->fd, UPGRADE_RELEASED);
	forget(m);
	reconfig_upgraded(m, pid);
}

/* ---- what it says ------------------------------------------------------- */

static void
on_message(struct ev_loop *loop, ev_io *w, int events)
{
	struct master *m = w->data;
	struct error_text word;

	if (events & EV_ERROR) {
		error_text_set(&m->upgrade.why,
			"epoll refused the channel to the new binary: memory "
			"or fs.epoll.max_user_watches is used up");
		kill(m->upgrade.pid, SIGKILL);
		return;
	}
	switch (upgrade_recv(w->fd, &word)) {
	case UPGRADE_READY:
		succeed(m, strcmp(word.text, UPGRADE_TAKES_CONNS) == 0);
		break;
	case UPGRADE_FAILED:
		m->upgrade.why = word;
		break;
	case UPGRADE_NOTHING:
		break;
	default:
		/* It is about to end, or is at odds: its end tells. */
		ev_io_stop(loop, w);
	}
}

static void
on_limit(struct ev_loop *loop, ev_timer *w, int events)
{
	struct master *m = w->data;

	(void)loop;
	(void)events;
	error_text_set(&m->upgrade.why,
		"the new binary was not ready in %lld ms",
		(long long)m->current->conf->timeouts.ready);
	kill(m->upgrade.pid, SIGKILL);
}

bool
upgrade_reap(struct master *m, pid_t pid, int status)
{
	struct upgrade *u = &m->upgrade;
	struct error_text why, word;

	if (pid != u->pid)
		return false;
	why = u->why;
	while (upgrade_recv(u->fd, &word) == UPGRADE_FAILED)
		why = word;
	if (why.text[0] == '\0' && WIFSIGNALED(status))
		error_text_set(&why, "the new binary ended by signal %d",
			WTERMSIG(status));
	else if (why.text[0] == '\0')
		error_text_set(&why, "the new binary ended with status %d",
			WEXITSTATUS(status));
	fail(m, &why);
	return true;
}

/* ---- life --------------------------------------------------------------- */

void
upgrade_init(struct master *m)
{
	struct upgrade *u = &m->upgrade;

	*u = (struct upgrade){ .fd = -1, .conns = -1 };
	ev_init(&u->io, on_message);
	ev_init(&u->limit, on_limit);
	u->io.data = u->limit.data = m;
}

static void
adopt(struct master *m, pid_t pid)
{
	struct upgrade *u = &m->upgrade;

	u->pid = pid;
	u->why.text[0] = '\0';
	ev_io_set(&u->io, u->fd, EV_READ);
	ev_io_start(m->env.loop, &u->io);
	ev_timer_set(
		&u->limit, (double)m->current->conf->timeouts.ready / 1e3, 0.);
	ev_timer_start(m->env.loop, &u->limit);
}

static int
check(const struct master *m, struct error_text *why)
{
	if (upgrade_peer_is_waiting(&m->old_master))
		return error_text_set(why, "the last one is not over yet");
	if (getpid() == 1)
		return error_text_set(why,
			"pid 1 can't leave: a container is upgraded by "
			"starting another");
	return 0;
}

/* Two lines to the new master; theirs are its ends.  0, or -1 with errno. */
static int
open_lines(struct upgrade *u, int theirs[2])
{
	int fd[2], conns[2];

	if (channel_open(fd) == -1)
		return -1;
	if (channel_open(conns) == -1) {
		close(fd[0]);
		close(fd[1]);
		return -1;
	}
	u->fd = fd[0];
	u->conns = conns[0];
	theirs[0] = fd[1];
	theirs[1] = conns[1];
	return 0;
}

int
upgrade_start(struct master *m, struct error_text *why)
{
	int theirs[2], error;
	pid_t pid;

	if (check(m, why) == -1)
		return -1;
	if (pid_file_share(&m->pid_file) == -1)
		return error_text_set(why, "pid file: %s", strerror(errno));
	if (open_lines(&m->upgrade, theirs) == -1) {
		error = errno;
		pid_file_keep(&m->pid_file);
		return error_text_set(why, "socketpair: %s", strerror(error));
	}
	pid = fork_new_master(m, theirs[0], theirs[1]);
	error = errno;
	close(theirs[0]);
	close(theirs[1]);
	if (pid != -1) {
		adopt(m, pid);
		return 0;
	}
	forget(m);
	pid_file_keep(&m->pid_file);
	return error_text_set(why, "fork: %s", strerror(error));
}

void
upgrade_cancel(struct master *m)
{
	if (m->upgrade.pid == 0)
		return;
	kill(m->upgrade.pid, SIGKILL);
	waitpid(m->upgrade.pid, NULL, 0);
	forget(m);
}
