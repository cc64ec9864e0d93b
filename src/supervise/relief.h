/*
 * What waits in the sockets of a worker that does not come for it, because it
 * died or hangs, is served by another one meanwhile.
 * SPDX-License-Identifier: MIT
 */
#ifndef RELIEF_H
#define RELIEF_H

#include <ev.h>

struct generation;
struct proc;

struct relief {
	ev_timer tick;
	struct generation *const *current;
};

/* Looks after the current generation, which may be NULL. */
void relief_start(
	struct relief *, struct ev_loop *, struct generation *const *current);
void relief_stop(struct relief *, struct ev_loop *);

/* Lends its sockets, if somebody waits there, to the one with the fewest
 * connections; those that were on their way to a dead one go to another. */
void relief_send(struct proc *);

#endif
