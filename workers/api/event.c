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
#include "file/retry_io.h"
#include "worker.h"

/* number of free events kept before one is used again */
enum { QUARANTINE = 64 };

struct prong_event {
	struct list_node node; /* in the owner's list, or in the free list */
	union {
		ev_timer timer;
		struct retry_io io;
	} watcher;
	bool is_watch;
	bool is_live;
	struct prong_instance *instance;
	struct prong_context *ctx; /* NULL for an event of the instance */
	union {
		void (*after)(struct prong_context *, void *);
		void (*every)(struct prong_instance *, void *);
		void (*watch)(struct prong_context *, int, unsigned, void *);
		void (*always)(struct prong_instance *, int, unsigned, void *);
	} f;
	void *data;
};

/* ---- memory ------------------------------------------------------------- */

static struct prong_event *
event_of(struct list_node *node)
{
	return container_of(node, struct prong_event, node);
}

void
event_pool_init(struct event_pool *p)
{
	fifo_init(&p->free);
}

void
event_pool_fini(struct event_pool *p)
{
	struct list_node *node;

	while ((node = fifo_get(&p->free)) != NULL)
		free(event_of(node));
}

static struct event_pool *
event_pool_of(const struct prong_instance *i)
{
	return &i->worker->contexts->events;
}

static struct prong_event *
take_free_event(struct event_pool *p)
{
	struct prong_event *e;

	if (p->free.count > QUARANTINE)
		return event_of(fifo_get(&p->free));
	e = mem_alloc(sizeof(*e));
	return e;
}

static struct prong_event *
create_event(struct list *list, struct prong_instance *i,
	struct prong_context *ctx, void *data)
{
	struct prong_event *e = take_free_event(event_pool_of(i));

	*e = (struct prong_event){
		.is_live = true, .instance = i, .ctx = ctx, .data = data
	};
	list_add(list, &e->node);
	return e;
}

/* ---- cancelling --------------------------------------------------------- */

void
prong_cancel(struct prong_event *e)
{
	if (e == NULL || !e->is_live)
		return;
	if (e->is_watch)
		retry_io_stop(&e->watcher.io);
	else
		ev_timer_stop(e->instance->worker->loop, &e->watcher.timer);
	list_remove(&e->node);
	e->is_live = false;
	fifo_put(&event_pool_of(e->instance)->free, &e->node);
}

void
event_cancel_all(struct list *list)
{
	while (list->first != NULL)
		prong_cancel(event_of(list->first));
}

/* ---- timers ------------------------------------------------------------- */

static void
on_after_timer(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct prong_event *e = timer->data;
	struct prong_context *ctx = e->ctx;
	void (*f)(struct prong_context *, void *) = e->f.after;
	void *data = e->data;

	(void)loop;
	(void)revents;
	prong_cancel(e);
	context_enter(ctx);
	f(ctx, data);
	context_leave(ctx);
}

static void
on_every_timer(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct prong_event *e = timer->data;

	(void)loop;
	(void)revents;
	e->f.every(e->instance, e->data);
}

static void
start_timer(struct prong_event *e,
	void (*on_timer)(struct ev_loop *, ev_timer *, int), int64_t after,
	int64_t repeat)
{
	ev_timer_init(&e->watcher.timer, on_timer, (double)after / 1e3,
		(double)repeat / 1e3);
	e->watcher.timer.data = e;
	ev_timer_start(e->instance->worker->loop, &e->watcher.timer);
}

struct prong_event *
prong_after(struct prong_context *ctx, int64_t milliseconds,
	void (*f)(struct prong_context *, void *data), void *data)
{
	struct prong_event *e;

	if (!context_is_live(ctx, __func__))
		return NULL;
	if (milliseconds < 0 || f == NULL) {
		context_misuse(
			ctx, __func__, "a time and a function are required");
		return NULL;
	}
	e = create_event(&ctx->events, ctx->instance, ctx, data);
	e->f.after = f;
	start_timer(e, on_after_timer, milliseconds, 0);
	return e;
}

struct prong_event *
prong_every(struct prong_instance *i, int64_t milliseconds,
	void (*f)(struct prong_instance *, void *data), void *data)
{
	struct prong_event *e;

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
	return e;
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
cancel_if_broken(struct prong_event *e, int revents)
{
	if (!(revents & EV_ERROR))
		return false;
	prong_log(e->instance, PRONG_ERROR,
		"descriptor %d was closed while it was watched: call "
		"prong_cancel() first",
		e->watcher.io.io.fd);
	prong_cancel(e);
	return true;
}

static void
on_context_io(struct retry_io *io, int revents)
{
	struct prong_event *e = io->data;
	struct prong_context *ctx = e->ctx;

	if (cancel_if_broken(e, revents))
		return;
	context_enter(ctx);
	e->f.watch(ctx, io->io.fd, when_from_revents(revents), e->data);
	context_leave(ctx);
}

static void
on_instance_io(struct retry_io *io, int revents)
{
	struct prong_event *e = io->data;

	if (!cancel_if_broken(e, revents))
		e->f.always(e->instance, io->io.fd, when_from_revents(revents),
			e->data);
}

static void
start_watch(struct prong_event *e, void (*on_io)(struct retry_io *, int),
	int fd, unsigned when)
{
	int events = (when & PRONG_READABLE ? EV_READ : 0) |
		     (when & PRONG_WRITABLE ? EV_WRITE : 0);

	e->is_watch = true;
	retry_io_init(&e->watcher.io, e->instance->worker->loop, on_io, fd,
		events, e);
	retry_io_start(&e->watcher.io);
}

struct prong_event *
prong_watch(struct prong_context *ctx, int fd, unsigned when,
	void (*f)(struct prong_context *, int fd, unsigned when, void *data),
	void *data)
{
	struct prong_event *e;
	const char *wrong;
	int reason;

	if (!context_is_live(ctx, __func__))
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
	return e;
}

struct prong_event *
prong_watch_always(struct prong_instance *i, int fd, unsigned when,
	void (*f)(struct prong_instance *, int fd, unsigned when, void *data),
	void *data)
{
	struct prong_event *e;
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
	return e;
}
