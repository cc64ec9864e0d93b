/*
 * The module API of prong: deferred responses, timers and watches.
 * Included by prong.h.
 * SPDX-License-Identifier: MIT
 */
#ifndef PRONG_EVENT_H
#define PRONG_EVENT_H

#include "prong.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- DEFERRED RESPONSES ------------------------------------------------- */

/*
 * Lets the handler return without an answer, which is given later from a timer,
 * a watch or another request's handler.  The context stays valid until it is
 * answered or ends otherwise: the client disconnects, or timeouts.handler
 * expires and the client gets 504.
 */
int prong_defer(struct prong_context *);

/* Why a context ended. */
enum prong_end {
	PRONG_ANSWERED,
	PRONG_CLIENT_GONE, /* the client disconnected */
	PRONG_TIMED_OUT,   /* timeouts.handler expired */
	PRONG_REFUSED,     /* the body was malformed or too large */
	PRONG_STOPPED,     /* the worker stops */
	PRONG_ABORTED,     /* prong_abort() was called */
	PRONG_MOVED        /* another worker has the WebSocket */
};

/*
 * Registers f to be called exactly once when the context ends, whatever the
 * reason.  Several are called in reverse order.  The context must not be used
 * after the last one.  It also makes the server treat a client that has closed
 * its sending side as gone.
 */
int prong_on_end(struct prong_context *,
	void (*f)(struct prong_context *, enum prong_end, void *data),
	void *data);

/* Calls f once after so many milliseconds, unless the context ends before.
 * Returns NULL with errno on failure. */
struct prong_event *prong_after(struct prong_context *, int64_t milliseconds,
	void (*f)(struct prong_context *, void *data), void *data);

enum prong_when { PRONG_READABLE = 1, PRONG_WRITABLE = 2 };

/*
 * Calls f while the descriptor is ready, until the watch is cancelled or the
 * context ends.  The descriptor belongs to the module; cancel the watch before
 * closing it.  Returns NULL with errno on failure; regular files and
 * directories cannot be watched (EPERM).
 */
struct prong_event *prong_watch(struct prong_context *, int fd, unsigned when,
	void (*f)(struct prong_context *, int fd, unsigned when, void *data),
	void *data);

/* Watches a descriptor for the instance, until it stops. */
struct prong_event *prong_watch_always(struct prong_instance *, int fd,
	unsigned when,
	void (*f)(struct prong_instance *, int fd, unsigned when, void *data),
	void *data);

/* Calls f once after so many milliseconds, unless the instance stops before. */
struct prong_event *prong_after_always(struct prong_instance *,
	int64_t milliseconds, void (*f)(struct prong_instance *, void *data),
	void *data);

/* Changes what a watch waits for; 0 for nothing, until the next change.  Fails
 * with EINVAL for a timer and for a watch that has ended. */
int prong_rewatch(struct prong_event *, unsigned when);

/* Cancels a timer or a watch; nothing happens for NULL and for one that has
 * ended: a timer of prong_after() that was called, or one of an ended context.
 */
void prong_cancel(struct prong_event *);

/* ---- WORK --------------------------------------------------------------- */

/*
 * Runs work in a thread, for what would block the loop: a password hash, a
 * query, an image.  done is called in the worker's thread afterwards.  The
 * context counts as deferred.
 *
 * work must not call functions of prong.h, and must not use memory of the
 * context such as that of prong_alloc(), which may end meanwhile.  When the
 * context has ended, done is not called, and work neither if it still waits;
 * drop(data) is called in the worker's thread instead, to free the data.
 *
 * A worker has two such threads, of a lower priority than its own.  Fails with
 * EAGAIN when 512 jobs of modules wait.
 */
int prong_work(struct prong_context *, void (*work)(void *data),
	void (*done)(struct prong_context *, void *data), void *data);
int prong_work_or_drop(struct prong_context *, void (*work)(void *data),
	void (*done)(struct prong_context *, void *data),
	void (*drop)(void *data), void *data);

/* Runs work for the instance.  done is not called once it has stopped. */
int prong_work_always(struct prong_instance *, void (*work)(void *data),
	void (*done)(struct prong_instance *, void *data), void *data);

#ifdef __cplusplus
}
#endif

#endif
