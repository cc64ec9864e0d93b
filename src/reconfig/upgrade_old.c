/*
 * The old master's side of an upgrade; upgrade_new.c is the new one's.
 * SPDX-License-Identifier: MIT
 */
#include "reconfig/upgrade.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/channel.h"
#include "reconfig/upgrade_conns.h"
#include "supervise/child.h"
#include "supervise/generation.h"
#include "supervise/inherited.h"
#include "supervise/listeners.h"
#include "supervise/tickets.h"

enum {
	ERRORS_MAX = 256 * 1024, /* bytes */
	WORKERS_AT_ONCE = 32,    /* that are ready within timeouts.ready */
};

/* ---- the child, until it is another program ----------------------------- */

static int
set_number(const char *name, long number)
{
	char text[24];

	snprintf(text, sizeof(text), "%ld", number);
	return setenv(name, text, 1);
}

static void
keep_over_exec(int fd)
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
		keep_over_exec(l->fds[i]);
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
		keep_over_exec(s->fd);
	}
}

/* Returns 0, or -1 if there is no memory. */
static int
set_environment(
	const struct upgrade_env *env, int fd, int conns, bool is_forced)
{
	char *text = NULL;
	size_t size = 0;
	FILE *list = open_memstream(&text, &size);
	const struct listener *l;
	int failed;

	if (list == NULL)
		return -1;
	for (l = env->listeners->first; l != NULL; l = l->next)
		list_listener(l, list);
	list_listener(*env->control_listener, list);
	list_passed(env->inherited, list);
	fprintf(list, "%d=%s", fd, INHERITED_UPGRADE);
	if (fclose(list) == EOF)
		return -1;
	keep_over_exec(fd);
	failed = conn_export_announce(conns);
	tickets_leave(env->tickets);
	failed |= setenv("PRONG_SOCKETS", text, 1);
	failed |= is_forced ? setenv(UPGRADE_FORCE, "1", 1)
			    : unsetenv(UPGRADE_FORCE);
	free(text);
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDNAMES");
	if (getenv("WATCHDOG_PID") != NULL)
		failed |= set_number("WATCHDOG_PID", getpid());
	return failed == 0 ? 0 : -1;
}

/*
 * The new program takes the signals of orders when it starts.  Until then one
 * that is sent to all processes of a name would end or stop it: it stays
 * pending, over execve(2) and signals_hold() (signals.h).  It is ignored where
 * a shell in between unblocks all signals, as dash does to wait for a child.
 */
static void
reset_signals(void)
{
	static const int orders[] = { SIGHUP, SIGUSR1, SIGUSR2, SIGTTIN,
		SIGTTOU };
	sigset_t held;

	sigemptyset(&held);
	for (int signo = 1; signo < NSIG; signo++)
		signal(signo, SIG_DFL);
	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		signal(orders[i], SIG_IGN);
		sigaddset(&held, orders[i]);
	}
	sigprocmask(SIG_SETMASK, &held, NULL);
}

_Noreturn static void
execute_program(
	const struct upgrade_env *env, int fd, int conns, bool is_forced)
{
	struct error_text why;

	setpgid(0, 0);
	reset_signals();
	if (set_environment(env, fd, conns, is_forced) == 0)
		execv(env->program, env->argv);
	error_text_set(&why, "%s: %s", env->program, strerror(errno));
	upgrade_send_failed(fd, &why);
	_exit(127);
}

static pid_t
fork_new_master(
	const struct upgrade_env *env, int fd, int conns, bool is_forced)
{
	sigset_t old;
	pid_t pid;

	child_block_signals(&old);
	pid = fork();
	if (pid == 0)
		execute_program(env, fd, conns, is_forced);
	/* Both parent and child call it, since either may run first. */
	if (pid > 0)
		setpgid(pid, pid);
	child_unblock_signals(&old);
	return pid;
}

/* ---- the end of an upgrade ----------------------------------------------- */

static void
close_upgrade(struct upgrade *u)
{
	ev_timer_stop(u->env->loop, &u->limit);
	ev_io_stop(u->env->loop, &u->io);
	if (u->fd != -1)
		close(u->fd);
	u->fd = -1;
	u->pid = 0;
	free(u->errors);
	u->errors = NULL;
	u->nerrors = 0;
}

/* A script that starts the binary may be killed, or end, and leave what it has
 * started behind with the listening sockets: all are one process group. */
static void
kill_group(pid_t pid)
{
	kill(-pid, SIGKILL);
}

static void
fail_upgrade(struct upgrade *u, const struct error_text *why)
{
	char *errors = u->errors;

	u->errors = NULL;
	kill_group(u->pid);
	conn_export_close(u->env->conns);
	close_upgrade(u);
	u->env->events->keep_pid_file(u->env->arg);
	u->on_done(u->on_done_arg, 0, errors == NULL ? "" : errors, why);
	free(errors);
}

/* The new master is the server from here on, even if this one fails. */
static void
finish_upgrade(struct upgrade *u, bool takes_connections)
{
	pid_t pid = u->pid;

	u->env->events->release_names(u->env->arg, pid);
	if (takes_connections)
		conn_export_begin(u->env->conns);
	else
		conn_export_close(u->env->conns);
	upgrade_send(u->fd, UPGRADE_RELEASED,
		u->env->events->name_waiting(u->env->arg));
	close_upgrade(u);
	u->on_done(u->on_done_arg, pid, "", NULL);
}

/* ---- messages of the new master ------------------------------------------ */

/* Leaves out the rest if there is no memory for it. */
static void
add_errors(struct upgrade *u, const char *text)
{
	size_t n = strlen(text);
	char *all;

	if (u->nerrors + n > ERRORS_MAX)
		return;
	all = realloc(u->errors, u->nerrors + n + 1);
	if (all == NULL)
		return;
	memcpy(all + u->nerrors, text, n + 1);
	u->errors = all;
	u->nerrors += n;
}

static void
restart_limit(struct upgrade *u)
{
	ev_timer_stop(u->env->loop, &u->limit);
	ev_timer_set(&u->limit, (double)u->ready_ms / 1e3, 0.);
	ev_timer_start(u->env->loop, &u->limit);
}

static void
note_progress(struct upgrade *u)
{
	u->has_ready = true;
	restart_limit(u);
}

static void
on_message(struct ev_loop *loop, ev_io *w, int events)
{
	struct upgrade *u = w->data;
	struct error_text text;

	if (events & EV_ERROR) {
		error_text_set(&u->why,
			"epoll refused the channel to the new binary: memory "
			"or fs.epoll.max_user_watches is used up");
		kill_group(u->pid);
		return;
	}
	switch (upgrade_recv(w->fd, &text)) {
	case UPGRADE_READY:
		finish_upgrade(u, strcmp(text.text, UPGRADE_TAKES_CONNS) == 0);
		break;
	case UPGRADE_FAILED:
		u->why = text;
		break;
	case UPGRADE_ERRORS:
		if (text.text[0] == '\0')
			note_progress(u);
		else
			add_errors(u, text.text);
		break;
	case UPGRADE_NOTHING:
		break;
	default:
		/* It has ended, or speaks another protocol: upgrade_reap()
		 * follows. */
		ev_io_stop(loop, w);
	}
}

static void
on_limit(struct ev_loop *loop, ev_timer *w, int events)
{
	struct upgrade *u = w->data;

	(void)events;
	/* A master that was stopped for a while has not read in time what came
	 * in time. */
	if (ev_is_active(&u->io))
		on_message(loop, &u->io, EV_READ);
	if (u->fd == -1 || ev_is_active(w))
		return;
	/* READY of a process that is killed would end this server, too. */
	ev_io_stop(loop, &u->io);
	error_text_set(&u->why, "the new binary %s in %lld ms",
		u->has_ready ? "had no further worker ready" : "was not ready",
		(long long)u->ready_ms);
	kill_group(u->pid);
}

/* Reads the messages that it sent before it exited. */
static void
read_last_messages(struct upgrade *u)
{
	struct error_text text;

	for (;;)
		switch (upgrade_recv(u->fd, &text)) {
		case UPGRADE_FAILED:
			u->why = text;
			break;
		case UPGRADE_ERRORS:
			add_errors(u, text.text);
			break;
		default:
			return;
		}
}

bool
upgrade_reap(struct upgrade *u, pid_t pid, int status)
{
	struct error_text why;

	if (pid != u->pid)
		return false;
	read_last_messages(u);
	why = u->why;
	if (why.text[0] == '\0' && WIFSIGNALED(status))
		error_text_set(&why, "the new binary ended by signal %d",
			WTERMSIG(status));
	else if (why.text[0] == '\0')
		error_text_set(&why, "the new binary ended with status %d",
			WEXITSTATUS(status));
	fail_upgrade(u, &why);
	return true;
}

/* ---- life --------------------------------------------------------------- */

void
upgrade_init(struct upgrade *u, const struct upgrade_env *env)
{
	*u = (struct upgrade){ .env = env, .fd = -1 };
	ev_init(&u->io, on_message);
	ev_init(&u->limit, on_limit);
	u->io.data = u->limit.data = u;
}

static void
watch_new_master(struct upgrade *u, pid_t pid)
{
	u->pid = pid;
	u->has_ready = false;
	u->why.text[0] = '\0';
	ev_io_set(&u->io, u->fd, EV_READ);
	ev_io_start(u->env->loop, &u->io);
	restart_limit(u);
}

/* Earlier programs do not tell how many of their workers are ready. */
static int64_t
choose_limit(const struct generation *current)
{
	return current->conf->timeouts.ready *
	       (1 + current->nprocs / WORKERS_AT_ONCE);
}

/* Opens two channels to the new master; theirs are its ends.  Returns 0, or -1
 * with errno. */
static int
open_channels(struct upgrade *u, int theirs[2])
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
	conn_export_open(u->env->conns, conns[0]);
	theirs[0] = fd[1];
	theirs[1] = conns[1];
	return 0;
}

int
upgrade_start(struct upgrade *u, bool is_forced,
	const struct generation *current, struct error_text *why)
{
	const struct upgrade_env *env = u->env;
	int theirs[2], error;
	pid_t pid;

	assert(!upgrade_peer_is_waiting(env->old_master));
	if (getpid() == 1)
		return error_text_set(why,
			"pid 1 can't leave: a container is upgraded by "
			"starting another");
	if (env->events->share_pid_file(env->arg) == -1)
		return error_text_set(why, "pid file: %s", strerror(errno));
	if (open_channels(u, theirs) == -1) {
		error = errno;
		env->events->keep_pid_file(env->arg);
		return error_text_set(why, "socketpair: %s", strerror(error));
	}
	pid = fork_new_master(env, theirs[0], theirs[1], is_forced);
	error = errno;
	close(theirs[0]);
	close(theirs[1]);
	if (pid != -1) {
		u->ready_ms = choose_limit(current);
		watch_new_master(u, pid);
		return 0;
	}
	conn_export_close(env->conns);
	close_upgrade(u);
	env->events->keep_pid_file(env->arg);
	return error_text_set(why, "fork: %s", strerror(error));
}

void
upgrade_cancel(struct upgrade *u)
{
	if (u->pid == 0)
		return;
	kill_group(u->pid);
	waitpid(u->pid, NULL, 0);
	conn_export_close(u->env->conns);
	close_upgrade(u);
}
