/*
 * Messages of the process that looks at the roots, and its restart.
 * SPDX-License-Identifier: MIT
 */
#include "supervise/root_watch.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/change_counts.h"
#include "common/channel.h"
#include "common/clock.h"
#include "supervise/child.h"
#include "supervise/opened.h"
#include "supervise/root_prober.h"

enum { END_LIMIT = 500 /* ms */ };

static const double restart_after = 1; /* seconds */
static const double again_after = 10;  /* seconds */

/* ---- the states ---------------------------------------------------------- */

const char *
root_watch_state(enum resource_state state)
{
	static const char *const words[] = {
		[RESOURCE_SAME] = "",
		[RESOURCE_MOVED] = "moved",
		[RESOURCE_DELETED] = "deleted",
		[RESOURCE_REPLACED] = "another directory has this name",
		[RESOURCE_UNUSABLE] = "cannot be opened",
		[RESOURCE_HUNG] = "no answer from its disk",
	};

	_Static_assert(sizeof(words) / sizeof(words[0]) == RESOURCE_STATES,
		"every state has its word");
	return words[state];
}

static enum resource_state
judge_root(const struct resource *r, int error)
{
	if (error == ETIMEDOUT)
		return RESOURCE_HUNG;
	if (error != ENOENT && error != ENOTDIR)
		return RESOURCE_UNUSABLE;
	return r->root.fd == -1 || directory_is_deleted(r->root.fd)
		       ? RESOURCE_DELETED
		       : RESOURCE_MOVED;
}

static void
log_loss(const struct root_watch *w, const struct resource *r, int error)
{
	if (r->state == RESOURCE_MOVED)
		log_warnx(w->log,
			"root %s was moved: its files are served from where it "
			"is now, until another directory has this name",
			r->name);
	else if (r->state == RESOURCE_DELETED)
		log_warnx(w->log,
			"root %s was deleted: its files are 503 until a "
			"directory has this name",
			r->name);
	else if (r->state == RESOURCE_HUNG)
		log_warnx(w->log,
			"root %s does not answer: its disk or file server "
			"hangs",
			r->name);
	else
		log_warnx(w->log,
			"root %s: what has this name now cannot be opened: %s; "
			"the old directory is served",
			r->name, strerror(error));
}

static void
set_state(const struct root_watch *w, struct resource *r,
	enum resource_state next, int error)
{
	/* A second replacement is another one. */
	if (next == r->state && next != RESOURCE_REPLACED)
		return;
	r->state = next;
	if (next == RESOURCE_SAME)
		log_notice(w->log, "root %s is there again", r->name);
	else if (next == RESOURCE_REPLACED)
		log_notice(w->log,
			"root %s is another directory now: the workers are "
			"replaced",
			r->name);
	else
		log_loss(w, r, error);
}

/* ---- what was found ------------------------------------------------------ */

static void
drop_found(struct root_watch *w, size_t i)
{
	if (w->found[i].root.fd != -1)
		close(w->found[i].root.fd);
	free(w->found[i].path);
	w->found[i] = (struct resource){ .root.fd = -1 };
}

static void
drop_all(struct root_watch *w)
{
	for (size_t i = 0; w->resources != NULL && i < w->resources->count; i++)
		drop_found(w, i);
}

bool
root_watch_has_replaced(const struct root_watch *w)
{
	for (size_t i = 0; w->resources != NULL && i < w->resources->count; i++)
		if (w->found[i].root.fd != -1)
			return true;
	return false;
}

struct resources *
root_watch_resources(const struct root_watch *w)
{
	return resources_copy(w->resources, w->found);
}

static bool
is_same(const struct resource *r, const struct resource *now)
{
	return r->root.fd != -1 && directory_is_same(&r->id, &now->id);
}

/* Keeps another directory that the name leads to. */
static void
find_root(struct root_watch *w, size_t i, struct resource *now)
{
	struct resource *r = &w->resources->all[i];
	bool is_there = is_same(r, now);

	drop_found(w, i);
	w->found[i] = *now;
	if (is_there)
		drop_found(w, i);
	set_state(w, r, is_there ? RESOURCE_SAME : RESOURCE_REPLACED, 0);
	if (!is_there)
		w->on_replaced(w->arg);
}

static void
take_message(struct root_watch *w, struct channel_message *m)
{
	struct resource now;
	size_t i;

	if (!opened_take(m, w->resources, &i, &now))
		return;
	if (now.error == ROOT_PROBER_TOO_MANY) {
		log_notice(w->log,
			"root %s: it has more directories than can be watched "
			"(%d in all, see fs.inotify.max_user_watches); changes "
			"in some are noticed within a second",
			w->resources->all[i].name, CHANGE_COUNTS_MAX);
		free(now.path);
		return;
	}
	if (w->resources->all[i].kind == RESOURCE_ROOT && now.error == 0) {
		find_root(w, i, &now);
		return;
	}
	if (w->resources->all[i].kind == RESOURCE_ROOT) {
		drop_found(w, i);
		set_state(w, &w->resources->all[i],
			judge_root(&w->resources->all[i], now.error),
			now.error);
	}
	if (now.root.fd != -1)
		close(now.root.fd);
	free(now.path);
}

/* ---- the process --------------------------------------------------------- */

static void
end_process(struct root_watch *w)
{
	if (w->pid == 0)
		return;
	kill(w->pid, SIGKILL);
	ev_io_stop(w->loop, &w->messages);
	close(w->messages.fd);
	w->ended = w->pid;
	w->pid = 0;
}

static void
restart_later(struct root_watch *w)
{
	ev_timer_stop(w->loop, &w->restart);
	ev_timer_set(&w->restart, restart_after, 0.);
	ev_timer_start(w->loop, &w->restart);
}

static void
on_messages(struct ev_loop *loop, ev_io *io, int events)
{
	struct root_watch *w = io->data;
	struct channel_message m;
	pid_t pid = w->pid;
	int got = -1;

	(void)loop;
	errno = EIO;
	if ((events & EV_ERROR) == 0)
		while ((got = channel_recv(io->fd, &m)) == 1)
			take_message(w, &m);
	if (got == -1 && errno == EAGAIN)
		return;
	log_warnx(w->log,
		"the process that watches the document roots (pid %ld) "
		"ended: another is started",
		(long)pid);
	end_process(w);
	restart_later(w);
}

static _Noreturn void
run_child(const struct root_watch *w, int channel)
{
	if (w->title != NULL)
		proctitle_set(w->title, "prong: root watcher");
	root_prober_run(w->resources, w->changes, channel);
}

static pid_t
fork_process(struct root_watch *w, int channel)
{
	sigset_t old;
	pid_t pid;

	child_block_signals(&old);
	pid = fork();
	if (pid == 0)
		run_child(w, channel);
	child_unblock_signals(&old);
	return pid;
}

/* Tells what differs from the resources: what another has found is dropped. */
static void
start_process(struct root_watch *w)
{
	int ends[2];

	drop_all(w);
	if (channel_open(ends) == -1) {
		restart_later(w);
		return;
	}
	w->pid = fork_process(w, ends[1]);
	close(ends[1]);
	if (w->pid == -1) {
		w->pid = 0;
		close(ends[0]);
		restart_later(w);
		return;
	}
	ev_io_set(&w->messages, ends[0], EV_READ);
	ev_io_start(w->loop, &w->messages);
}

static void
on_restart(struct ev_loop *loop, ev_timer *timer, int events)
{
	(void)loop;
	(void)events;
	start_process(timer->data);
}

static void
on_again(struct ev_loop *loop, ev_timer *timer, int events)
{
	struct root_watch *w = timer->data;

	(void)loop;
	(void)events;
	if (root_watch_has_replaced(w))
		w->on_replaced(w->arg);
}

/* ---- life ---------------------------------------------------------------- */

void
root_watch_init(struct root_watch *w, struct ev_loop *loop, struct log *log,
	struct proctitle *title, struct change_counts *changes)
{
	*w = (struct root_watch){
		.loop = loop, .log = log, .title = title, .changes = changes
	};
	ev_init(&w->messages, on_messages);
	ev_init(&w->restart, on_restart);
	ev_init(&w->again, on_again);
	w->messages.data = w->restart.data = w->again.data = w;
}

static bool
has_root(const struct resources *r)
{
	for (size_t i = 0; i < r->count; i++)
		if (r->all[i].kind == RESOURCE_ROOT)
			return true;
	return false;
}

/* The table is the same; what the new workers have is no longer a finding. */
static void
follow_copy(struct root_watch *w, struct resources *r)
{
	struct resources *old = w->resources;

	w->resources = resources_ref(r);
	for (size_t i = 0; i < r->count; i++) {
		r->all[i].state = old->all[i].state;
		if (w->found[i].root.fd == -1 ||
			!is_same(&r->all[i], &w->found[i]))
			continue;
		drop_found(w, i);
		r->all[i].state = RESOURCE_SAME;
	}
	resources_unref(old);
	if (root_watch_has_replaced(w))
		w->on_replaced(w->arg);
}

void
root_watch_follow(struct root_watch *w, struct resources *r)
{
	if (r != NULL && w->resources != NULL &&
		w->resources->conf == r->conf) {
		follow_copy(w, r);
		return;
	}
	root_watch_stop(w);
	if (r == NULL || !has_root(r))
		return;
	w->found = calloc(r->count, sizeof(*w->found));
	if (w->found == NULL) {
		log_warnx(w->log,
			"no memory: the document roots are not watched");
		return;
	}
	for (size_t i = 0; i < r->count; i++)
		w->found[i].root.fd = -1;
	w->resources = resources_ref(r);
	start_process(w);
}

void
root_watch_try_later(struct root_watch *w)
{
	ev_timer_stop(w->loop, &w->again);
	ev_timer_set(&w->again, again_after, 0.);
	ev_timer_start(w->loop, &w->again);
}

/* Reaps a process that was killed, so that it does not outlive the master; one
 * that a disk holds up is left to init. */
static void
wait_for_end(pid_t pid)
{
	struct pollfd p = { .events = POLLIN };

	if (waitpid(pid, NULL, WNOHANG) != 0)
		return;
	p.fd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (p.fd != -1) {
		poll(&p, 1, END_LIMIT);
		close(p.fd);
	}
	waitpid(pid, NULL, WNOHANG);
}

void
root_watch_stop(struct root_watch *w)
{
	ev_timer_stop(w->loop, &w->restart);
	ev_timer_stop(w->loop, &w->again);
	end_process(w);
	drop_all(w);
	free(w->found);
	w->found = NULL;
	resources_unref(w->resources);
	w->resources = NULL;
}

void
root_watch_fini(struct root_watch *w)
{
	root_watch_stop(w);
	if (w->ended != 0)
		wait_for_end(w->ended);
}
