/*
 * Keepalive timeouts of open streams and WebSockets: one list and one timer per
 * kind, for all connections of a worker.
 * SPDX-License-Identifier: MIT
 */
#ifndef KEEPALIVE_H
#define KEEPALIVE_H

#include "conn/deadline.h"

struct worker;

enum keepalive_wait {
	/* until the next comment on a stream of server-sent events */
	KEEPALIVE_COMMENT,
	KEEPALIVE_PING,  /* until the next ping on a silent WebSocket */
	KEEPALIVE_PONG,  /* until the pong */
	KEEPALIVE_CLOSE, /* until the peer's close frame */
	KEEPALIVE_WAITS,
};

struct keepalive {
	struct deadline_class waits[KEEPALIVE_WAITS];
};

void keepalive_init(struct keepalive *, struct worker *);
void keepalive_fini(struct keepalive *);

#endif
