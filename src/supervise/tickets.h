/*
 * The master's copy of the secret for TLS session tickets: made at the first
 * start, inherited by workers, passed on by an upgrade.
 * SPDX-License-Identifier: MIT
 */
#ifndef TICKETS_H
#define TICKETS_H

#include "common/secret.h"
#include "common/ticket_secret.h"

struct tickets {
	struct secret *memory;        /* of the secret */
	struct ticket_secret *secret; /* NULL: built without TLS */
};

/* Takes over the secret of an old master, or makes one.  Returns 0, or -1 with
 * errno. */
int tickets_open(struct tickets *);
void tickets_close(struct tickets *);

/*
 * Returns the secret for a worker that is about to be forked: the one of the
 * epoch before the current one, since workers still accept tickets of that
 * epoch.  Older secrets are erased.  Returns NULL if there is none, or if t is
 * NULL.
 */
struct ticket_secret *tickets_inherit(struct tickets *t);

/* In the child that will exec the new master: passes the secret to it. */
void tickets_leave(const struct tickets *);

#endif
