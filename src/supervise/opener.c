/*
 * After fork(2) the child opens one file after the other, and sends a message
 * for each.
 * SPDX-License-Identifier: MIT
 */
#include "supervise/opener.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/channel.h"
#include "common/conf.h"
#include "common/library.h"
#include "common/sealed_copy.h"
#include "common/user.h"
#include "config/errors.h"
#include "config/source.h"
#include "supervise/child.h"
#include "supervise/epoll_check.h"
#include "supervise/opened.h"

/* ---- the child ---------------------------------------------------------- */

static void
copy_file(struct resource *r, const char *path)
{
	r->root.fd = sealed_copy_open(path);
	r->error = r->root.fd == -1 ? errno : 0;
}

/* path is that of a file that is copied. */
static void
open_resource(
	struct resource *r, const struct conf *conf, char *path, size_t size)
{
	path[0] = '\0';
	if (r->kind == RESOURCE_ROOT) {
		resource_open_root(r);
		return;
	}
	if (r->kind == RESOURCE_MODULE)
		library_path(conf->paths.modules, r->name, path, size);
	else
		snprintf(path, size, "%s", r->name);
	copy_file(r, path);
}

static void
open_one(int channel, const struct resources *all, size_t i)
{
	struct resource *r = &all->all[i];
	char path[OPENED_PATH];

	open_resource(r, all->conf, path, sizeof(path));
	opened_send(channel, i, r, path);
}

/* A process that may not become the workers' user opens files as its own
 * user: a command of another user, or a master whose workers will report the
 * error. */
static _Noreturn void
open_all(const struct resources *r, size_t first, int channel)
{
	int keep[] = { channel };

	child_forget_master(keep, 1);
	user_become(r->conf);
	for (size_t i = first; i < r->count; i++)
		if (r->all[i].error == EINPROGRESS)
			open_one(channel, r, i);
	_exit(0);
}

/* ---- the master --------------------------------------------------------- */

static int start_process(struct opener *, struct error_text *);

static void
stop_process(struct opener *o)
{
	ev_io_stop(o->loop, &o->messages);
	ev_timer_stop(o->loop, &o->limit);
	close(o->messages.fd);
	o->pid = 0;
}

static void
finish_opening(struct opener *o)
{
	struct resources *r = o->resources;

	o->resources = NULL;
	resources_settle(r);
	o->on_done(o->arg, r);
}

/* Some were opened before, by another process. */
static void
skip_opened(struct opener *o)
{
	const struct resources *r = o->resources;

	while (o->next < r->count && r->all[o->next].error != EINPROGRESS)
		o->next++;
}

/* The process is over: with all of them, or it died at the next, which it is
 * not given again; or it hangs there, and what else there is on that disk would
 * take as long, so that a configuration which is refused anyway waits no
 * longer. */
static void
end_process(struct opener *o, int error)
{
	struct resources *r = o->resources;
	struct error_text unused;
	bool is_refused = error == ETIMEDOUT;

	stop_process(o);
	if (o->next < r->count) {
		is_refused = is_refused && !r->all[o->next].is_known;
		r->all[o->next++].error = error;
	}
	skip_opened(o);
	if (o->next == r->count || is_refused ||
		start_process(o, &unused) == -1)
		finish_opening(o);
}

static void
restart_limit(struct opener *o)
{
	ev_timer_stop(o->loop, &o->limit);
	ev_timer_set(&o->limit, OPENER_LIMIT, 0.);
	ev_timer_start(o->loop, &o->limit);
}

static void
take_message(struct opener *o, struct channel_message *m)
{
	struct resource one;
	size_t index;

	if (!opened_take(m, o->resources, &index, &one))
		return;
	if (index != o->next) {
		if (one.root.fd != -1)
			close(one.root.fd);
		free(one.path);
		return;
	}
	resources_set(o->resources, o->next++, &one);
	skip_opened(o);
	restart_limit(o);
}

static void
on_messages(struct ev_loop *loop, ev_io *io, int events)
{
	struct opener *o = io->data;
	struct channel_message m;
	int got;

	(void)loop;
	while ((got = channel_recv(io->fd, &m)) == 1)
		take_message(o, &m);
	/* Epoll refused the channel: no message would be read. */
	if (events & EV_ERROR) {
		kill(o->pid, SIGKILL);
		end_process(o, ENOSPC);
		return;
	}
	if (got == 0 || errno != EAGAIN)
		end_process(o, got == 0 ? EIO : errno);
}

static void
on_limit(struct ev_loop *loop, ev_timer *timer, int events)
{
	struct opener *o = timer->data;

	(void)loop;
	(void)events;
	kill(o->pid, SIGKILL);
	end_process(o, ETIMEDOUT);
}

static void
watch_process(struct opener *o, pid_t pid, int fd)
{
	o->pid = pid;
	ev_io_init(&o->messages, on_messages, fd, EV_READ);
	ev_timer_init(&o->limit, on_limit, OPENER_LIMIT, 0.);
	o->messages.data = o->limit.data = o;
	ev_io_start(o->loop, &o->messages);
	ev_timer_start(o->loop, &o->limit);
}

static int
start_process(struct opener *o, struct error_text *why)
{
	sigset_t old;
	int ends[2];
	pid_t pid;

	if (channel_open(ends) == -1)
		return error_text_set(why, "opener: %s", strerror(errno));
	child_block_signals(&old);
	pid = fork();
	if (pid == 0)
		open_all(o->resources, o->next, ends[1]);
	child_unblock_signals(&old);
	close(ends[1]);
	if (pid == -1) {
		close(ends[0]);
		return error_text_set(why, "opener: fork: %s", strerror(errno));
	}
	watch_process(o, pid, ends[0]);
	return 0;
}

int
opener_start(struct opener *o, struct ev_loop *loop, struct resources *r,
	struct error_text *why)
{
	assert(o->resources == NULL);
	o->loop = loop;
	o->resources = r;
	o->next = 0;
	skip_opened(o);
	if (o->next == r->count) {
		finish_opening(o);
		return 0;
	}
	if (start_process(o, why) == 0)
		return 0;
	o->resources = NULL;
	resources_unref(r);
	return -1;
}

void
opener_stop(struct opener *o)
{
	if (o->resources == NULL)
		return;
	kill(o->pid, SIGKILL);
	stop_process(o);
	resources_unref(o->resources);
	o->resources = NULL;
}

/* ---- while a configuration is read ------------------------------------- */

static void
on_all(void *arg, struct resources *r)
{
	(void)r;
	ev_break(arg, EVBREAK_ALL);
}

static int
open_and_wait(struct resources *r, struct error_text *why)
{
	struct ev_loop *loop;
	struct opener o = { .on_done = on_all };
	int rc;

	if (epoll_check(why) == -1)
		return -1;
	o.arg = loop = ev_loop_new(EVFLAG_AUTO | EVFLAG_NOENV);
	if (loop == NULL)
		return error_text_set(
			why, "no event loop: %s", strerror(errno));
	rc = opener_start(&o, loop, resources_ref(r), why);
	if (rc == 0) {
		if (r->count > 0)
			ev_run(loop, 0);
		resources_unref(r);
	}
	ev_loop_destroy(loop);
	return rc;
}

void
opener_check(struct conf *conf, const struct config_source *source,
	struct config_errors *c)
{
	struct resources *r = resources_new(conf);
	struct error_text why;

	if ((r == NULL ? error_text_no_memory(&why, "the document roots")
		       : open_and_wait(r, &why)) == -1)
		config_errors_add(c, (struct json_position){ .file = NULL },
			"%s", why.text);
	else
		resources_complain(r, source, c);
	resources_unref(r);
}
