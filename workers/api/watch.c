/*
 * Watches: prong_watch() and what belongs to it.
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <sys/stat.h>

#include "api/context.h"
#include "api/event.h"
#include "api/instance.h"
#include "conn/worker_state.h"

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

static struct watch_table *
watches_of(const struct prong_instance *i)
{
	return &i->worker->contexts->events.watches;
}

static int
revents_from_when(unsigned when)
{
	return (when & PRONG_READABLE ? EV_READ : 0) |
	       (when & PRONG_WRITABLE ? EV_WRITE : 0);
}

static unsigned
when_from_revents(int revents)
{
	return (revents & EV_READ ? PRONG_READABLE : 0u) |
	       (revents & EV_WRITE ? PRONG_WRITABLE : 0u);
}

static void
note_file(struct event *e, int fd)
{
	struct stat st;

	if (fstat(fd, &st) == 0) {
		e->dev = st.st_dev;
		e->ino = st.st_ino;
	}
}

/* Cancels a watch whose descriptor the module has closed; false for a valid
 * one. */
static bool
cancel_if_broken(struct event *e, int revents)
{
	if (!(revents & EV_ERROR) && watch_is_open(e))
		return false;
	watch_table_report(e);
	event_cancel(e);
	return true;
}

static void
on_context_io(struct retry_io *io, int revents)
{
	struct event *e = io->data;
	struct context *ctx = e->ctx;
	struct prong_instance *i = e->instance;

	if (cancel_if_broken(e, revents))
		return;
	instance_note_call(i, SLOT_CALL_WATCH);
	context_enter(ctx);
	e->f.watch(ctx->handle, io->io.fd, when_from_revents(revents), e->data);
	context_leave(ctx);
	instance_end_call(i);
}

static void
on_instance_io(struct retry_io *io, int revents)
{
	struct event *e = io->data;
	struct prong_instance *i = e->instance;

	if (cancel_if_broken(e, revents))
		return;
	instance_enter(i, SLOT_CALL_WATCH);
	e->f.always(i, io->io.fd, when_from_revents(revents), e->data);
	instance_leave(i);
}

static void
start_watch(struct event *e, int fd, unsigned when)
{
	e->is_watch = true;
	note_file(e, fd);
	retry_io_init(&e->watcher.io, instance_loop(e->instance),
		e->ctx == NULL ? on_instance_io : on_context_io, fd,
		revents_from_when(when), e);
	watch_table_add(watches_of(e->instance), e);
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
	e = event_new(ctx->instance, ctx, data);
	e->f.watch = f;
	start_watch(e, fd, when);
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

	if (!instance_check_call(i, __func__))
		return NULL;
	wrong = check_watch(fd, when, f != NULL);
	if (wrong != NULL) {
		reason = errno;
		instance_misuse(i, __func__, wrong);
		errno = reason;
		return NULL;
	}
	e = event_new(i, NULL, data);
	e->f.always = f;
	start_watch(e, fd, when);
	return e->handle;
}

int
prong_rewatch(struct prong_event *handle, unsigned when)
{
	struct event_pool *p = context_event_pool(__func__);
	struct event *e;

	if (p == NULL)
		return -1;
	e = handles_find(&p->handles, (uintptr_t)handle);
	if (e == NULL || !e->is_watch ||
		(when & ~(PRONG_READABLE | PRONG_WRITABLE)) != 0) {
		errno = EINVAL;
		return e == NULL ? -1
				 : instance_misuse(e->instance, __func__,
					   "it is not a watch, or when is not "
					   "PRONG_READABLE and "
					   "PRONG_WRITABLE");
	}
	watch_table_change(watches_of(e->instance), e, revents_from_when(when));
	return 0;
}
