/*
 * Calls of prong.h from a thread that is not the worker's: they fail, and the
 * worker's thread tells of them.
 * SPDX-License-Identifier: MIT
 */
#ifndef FOREIGN_CALL_H
#define FOREIGN_CALL_H

#include <ev.h>
#include <stdatomic.h>

struct log;

struct foreign_call {
	ev_async wake;
	_Atomic(const char *) function; /* the last one; NULL: none */
	struct ev_loop *loop;
	struct log *log;
};

void foreign_call_init(struct foreign_call *, struct ev_loop *, struct log *);
void foreign_call_fini(struct foreign_call *);

/* Called in the other thread; function is a string constant. */
void foreign_call_note(struct foreign_call *, const char *function);

#endif
