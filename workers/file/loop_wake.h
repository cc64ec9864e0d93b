/*
 * Wakes the event loop from a thread.  It replaces ev_async, with which libev
 * does not report that epoll refused the descriptor.
 * SPDX-License-Identifier: MIT
 */
#ifndef LOOP_WAKE_H
#define LOOP_WAKE_H

#include "file/retry_io.h"

struct loop_wake {
	struct retry_io event;
	void (*on_wake)(void *);
	void *arg;
};

/* Returns 0, or -1 with errno.  The loop calls on_wake(). */
int loop_wake_open(
	struct loop_wake *, struct ev_loop *, void (*on_wake)(void *), void *);
void loop_wake_close(struct loop_wake *);

/* Wakes the loop; may be called by any thread. */
void loop_wake_send(struct loop_wake *);

/* Makes on_wake() follow soon, without a system call; only from the loop's own
 * thread. */
void loop_wake_soon(struct loop_wake *);

#endif
