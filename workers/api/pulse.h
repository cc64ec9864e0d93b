/*
 * Keepalive timeouts of open streams and WebSockets: one list and one timer per
 * kind, for all connections of a worker.
 * SPDX-License-Identifier: MIT
 */
#ifndef PULSE_H
#define PULSE_H

#include "conn/deadline.h"

struct worker;

enum pulse_wait {
	/* until the next comment on a stream of server-sent events */
	PULSE_COMMENT,
	PULSE_PING,  /* until the next ping on a silent WebSocket */
	PULSE_PONG,  /* until the pong */
	PULSE_CLOSE, /* until the peer's close frame */
	PULSE_WAITS,
};

struct pulse {
	struct deadline_class waits[PULSE_WAITS];
};

void pulse_init(struct pulse *, struct worker *);
void pulse_fini(struct pulse *);

#endif
