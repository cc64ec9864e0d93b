/*
 * What open streams and WebSockets wait for: a list and a timer a kind, for
 * all of a worker.
 * SPDX-License-Identifier: MIT
 */
#ifndef PULSE_H
#define PULSE_H

#include "deadline.h"

struct worker;

enum pulse_wait {
	PULSE_COMMENT, /* the next comment of server-sent events */
	PULSE_PING,    /* the next ping to a WebSocket that says nothing */
	PULSE_PONG,    /* what it says to that */
	PULSE_CLOSE,   /* its answer to a close */
	PULSE_WAITS,
};

struct pulse {
	struct deadline_class waits[PULSE_WAITS];
};

void pulse_init(struct pulse *, struct worker *);
void pulse_fini(struct pulse *);

#endif
