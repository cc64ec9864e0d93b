/*
 * Tells the loop that a thread has something for it.  Not an ev_async: libev
 * does not report when epoll refuses the descriptor behind one.
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

/* 0, or -1 with errno.  on_wake() is called by the loop. */
int loop_wake_open(
	struct loop_wake *, struct ev_loop *, void (*on_wake)(void *), void *);
void loop_wake_close(struct loop_wake *);

/* From any thread. */
void loop_wake_send(struct loop_wake *);

/* From the loop's own thread: costs no system call. */
void loop_wake_soon(struct loop_wake *);

#endif
