/*
 * The ways in which a worker leaves: SERVING -> LAME -> DRAINING -> DONE, with
 * or without somebody who goes on with what it had.
 * SPDX-License-Identifier: MIT
 */
#ifndef LEAVING_H
#define LEAVING_H

#include <stdint.h>

struct worker;

void leaving_init(struct worker *);

/* Somebody else goes on with our connections, and serves our sockets but for
 * those whose numbers come with the order: " 0 2". */
void leaving_make_way(struct worker *, const char *numbers);

/*
 * Another master's workers serve our sockets, but our connections end here.
 * Whoever is idle may be about to send his next request: he has a moment, and
 * gets an answer that says close.
 */
void leaving_alone(struct worker *);

/* Nobody serves these sockets after us: what the kernel has queued is ours. */
void leaving_close_shop(struct worker *);

/*
 * The balancer needs a while to see that we are going; meanwhile we serve.
 * Without such a while, those who have connected and are about to ask still
 * get the moment that their request needs to come.
 */
void leaving_be_lame(struct worker *);

/* Like the end of a drain, but nobody waits long. */
void leaving_stop(struct worker *);

/* Whatever is left then, the worker is done. */
void leaving_after(struct worker *, int64_t milliseconds);

#endif
