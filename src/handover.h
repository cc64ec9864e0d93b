/*
 * From a worker that leaves to the one that serves in its place: connections
 * pass through the master, which does not look at them.
 * SPDX-License-Identifier: MIT
 */
#ifndef HANDOVER_H
#define HANDOVER_H

#include "common/channel.h"

struct generation;
struct proc;

/* Who there is, as the master knows it; both change under our eyes. */
struct handover {
	struct generation *const *generations; /* newest first */
	struct generation *const *current; /* NULL while the server leaves */
};

/*
 * Passes connections on to the worker of the current generation at the same
 * place (index % n).  When that one reads too slowly, nothing more is read
 * from the giver: it keeps and serves the rest until there is room.
 */
void handover_pass(const struct handover *, struct proc *from,
	const struct channel_message *);

/* This place is not filled again: what waited for its next worker goes to
 * another one. */
void handover_pass_on(const struct handover *, struct proc *from);

/* A channel has room again: whoever was held up goes on. */
void handover_resume(const struct handover *);

#endif
