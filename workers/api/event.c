/*
 * Timers and watches: libev watchers, each in a list of its owner.
 * SPDX-License-Identifier: MIT
 */
#include "api/event.h"

#include <errno.h>
#include <ev.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "api/context.h"
#include "api/instance.h"
#include "common/container_of.h"
#include "common/mem.h"
#include "conn/worker_state.h"
#include "file/retry_io.h"

struct event {
	struct list_node node;      /* in the owner's list */
	struct prong_event *handle; /* what modules call it */
	union {
		ev_timer timer;
		struct retry_io io;
	} watcher;
	bool is_watch;
	struct prong_instance *instance;
	struct context *ctx; /* NULL for an event of the instance */
	union {
		void (*after)(struct prong_context *, void *);
		void (*every)(struct prong_instance *, void *);
		void (*watch)(struct prong_context *, int, unsigned, void *);
		void (*always)(struct prong_instance *, int, unsigned, void *);
	} f;
	void *data;
};

/* ---- memory ------------------------------------------------------------- */

static struct event *
event_of(struct list_node *node)
{
	return container_of(node, struct event, node);
}

void
event_pool_init(struct event_pool *p)
{
	p->handles = (struct handles){ 0 };
}

void
event_pool_fini(struct event_pool *p)
{
	handles_fini(&p->handles);
}

static struct event_pool *
event_pool_of(const struct prong_instance *i)
{
	return &i->worker->contexts->events;
}

static struct event *
create_event(struct list *list, struct prong_instance *i, struct context *ctx,
	void *data)
{
	struct event *e = mem_alloc(sizeof(*e));

	*e = (struct event){ .instance = i, .ctx = ctx, .data = data };
	e->handle = (struct prong_event *)handles_add(
		&event_pool_of(i)->handles, e);
	list_add(list, &e->node);
	return e;
}

/* ---- cancelling --------------------------------------------------------- */

static void
cancel_event(struct event *e)
{
	if (e->is_watch)
		retry_io_stop(&e->watcher.io);
	else
		ev_timer_stop(e->instance->worker->loop, &e->watcher.timer);
	list_remove(&e->node);
	handles_remove(
		&event_pool_of(e->instance)->handles, (uintptr_t)e->handle);
	free(e);
}

void
event_cancel_all(struct list *list)
{
	while (list->first != NULL)
		cancel_event(event_of(list->first));
}

void
prong_cancel(struct prong_event *handle)
{
	struct event_pool *p = context_event_pool(__func__);
	struct event *e;

	if (p == NULL)
		return;
	e = handles_find(&p->handles, (uintptr_t)handle);
	if (e != NULL)
		cancel_event(e);
}

/* ---- timers ------------------------------------------------------------- */

static void
on_after_timer(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct event *e = timer->data;
	struct context *ctx = e->ctx;
	void (*f)(struct prong_context *, void *) = e->f.after;
	void *data = e->data;

	(void)loop;
	(void)revents;
	cancel_event(e);
	context_enter(ctx);
	f(ctx->handle, data);
	context_leave(ctx);
}

static void
on_every_timer(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct event *e = timer->data;

	(void)loop;
	(void)revents;
	e->f.every(e->instance, e->data);
}

static void
start_timer(struct event *e,
	void (*on_timer)(struct ev_loop *, ev_timer *, int), int64_t after,
	int64_t repeat)
{
	ev_timer_init(&e->watcher.timer, on_timer, (double)after / 1e3,
		(double)repeat / 1e3);
	e->watcher.timer.data = e;
	ev_timer_start(e->instance->worker->loop, &e->watcher.timer);
}

struct prong_event *
prong_after(struct prong_context *handle, int64_t milliseconds,
	void (*f)(struct prong_context *, void *data), void *data)
{
	struct context *ctx = context_find(handle, __func__);
	struct event *e;

	if (ctx == NULL)
		return NULL;
	if (milliseconds < 0 || f == NULL) {
		context_misuse(
			ctx, __func__, "a time and a function are required");
		return NULL;
	}
	e = create_event(&ctx->events, ctx->instance, ctx, data);
	e->f.after = f;
	start_timer(e, on_after_timer, milliseconds, 0);
	return e->handle;
}

struct prong_event *
prong_every(struct prong_instance *i, int64_t milliseconds,
	void (*f)(struct prong_instance *, void *data), void *data)
{
	struct event *e;

	if (i == NULL || milliseconds <= 0 || f == NULL) {
		if (i != NULL)
			prong_log(i, PRONG_ERROR,
				"prong_every(): it needs a time above 0 and a "
				"function");
		errno = EINVAL;
		return NULL;
	}
	e = create_event(&i->events, i, NULL, data);
	e->f.every = f;
	start_timer(e, on_every_timer, milliseconds, milliseconds);
	return e->handle;
}

/* ---- watches ------------------------------------------------------------ */

/*
 * Checks what epoll(7) would refuse later, where the caller could not be told.
 * Returns NULL, or what is wrong, with errno.
 */
static const char *
check_watch(int fd, unsigned when, bool has_function)
{
	struct stat st;

	if (!has_function || when == 0 ||
		(when & ~(PRONG_READABLE | PRONG_WRITABLE)) != 0) {
		errno = EINVAL;
		return "it needs PRONG_READABLE or PRONG_WRITABLE, and a "
		       "function";
	}
	if (fd < 0 || fstat(fd, &st) == -1) {
		errno = EBADF;
		return "the descriptor is not open";
	}
	if (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode)) {
		errno = EPERM;
		return "a file or a directory is always ready, and cannot be "
		       "watched";
	}
	return NULL;
}

static unsigned
when_from_revents(int revents)
{
	return (revents & EV_READ ? PRONG_READABLE : 0u) |
	       (revents & EV_WRITE ? PRONG_WRITABLE : 0u);
}

/*
 * Cancels a watch whose descriptor the module has closed; false for a valid
 * one.
 */
static bool
cancel_if_broken(struct event *e, int revents)
{
	if (!(revents & EV_ERROR))
		return false;
	prong_log(e->instance, PRONG_ERROR,
		"descriptor %d was closed while it was watched: call "
		"prong_cancel() first",
		e->watcher.io.io.fd);
	cancel_event(e);
	return true;
}

static void
on_context_io(struct retry_io *io, int revents)
{
	struct event *e = io->data;
	struct context *ctx = e->ctx;

	if (cancel_if_broken(e, revents))
		return;
	context_enter(ctx);
	e->f.watch(ctx->handle, io->io.fd, when_from_revents(revents), e->data);
	context_leave(ctx);
}

static void
on_instance_io(struct retry_io *io, int revents)
{
	struct event *e = io->data;

	if (!cancel_if_broken(e, revents))
		e->f.always(e->instance, io->io.fd, when_from_revents(revents),
			e->data);
}

static void
start_watch(struct event *e, void (*on_io)(struct retry_io *, int), int fd,
	unsigned when)
{
	int events = (when & PRONG_READABLE ? EV_READ : 0) |
		     (when & PRONG_WRITABLE ? EV_WRITE : 0);

	e->is_watch = true;
	retry_io_init(&e->watcher.io, e->instance->worker->loop, on_io, fd,
		events, e);
	retry_io_start(&e->watcher.io);
}

struct prong_event *
prong_watch(struct prong_context *handle, int fd, unsigned when,
	void (*f)(struct prong_context *, int fd, unsigned when, void *data),
	void *data)
{
	struct context *ctx = context_find(handle, __func__);
	struct event *e;
	const char *wrong;
	int reason;

	if (ctx == NULL)
		return NULL;
	wrong = check_watch(fd, when, f != NULL);
	if (wrong != NULL) {
		reason = errno;
		context_misuse(ctx, __func__, wrong);
		errno = reason;
		return NULL;
	}
	e = create_event(&ctx->events, ctx->instance, ctx, data);
	e->f.watch = f;
	start_watch(e, on_context_io, fd, when);
	return e->handle;
}

struct prong_event *
prong_watch_always(struct prong_instance *i, int fd, unsigned when,
	void (*f)(struct prong_instance *, int fd, unsigned when, void *data),
	void *data)
{
	struct event *e;
	const char *wrong;
	int reason;

	if (i == NULL) {
		errno = EINVAL;
		return NULL;
	}
	wrong = check_watch(fd, when, f != NULL);
	if (wrong != NULL) {
		reason = errno;
		prong_log(i, PRONG_ERROR, "prong_watch_always(): %s", wrong);
		errno = reason;
		return NULL;
	}
	e = create_event(&i->events, i, NULL, data);
	e->f.always = f;
	start_watch(e, on_instance_io, fd, when);
	return e->handle;
}
