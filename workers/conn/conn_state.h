/*
 * The states of a connection: what each waits for, how long, and which may
 * follow.
 * SPDX-License-Identifier: MIT
 */
#ifndef CONN_STATE_H
#define CONN_STATE_H

#include <stdbool.h>

#include "common/slot.h"

enum conn_state {
	CONN_ACCEPTED,   /* not yet read from */
	CONN_HANDSHAKE,  /* of TLS */
	CONN_IDLE,       /* between requests */
	CONN_READ_PROXY, /* a PROXY header comes first */
	CONN_READ_HEAD,  /* a part of a head is here */
	CONN_READ_BODY,
	CONN_HANDLE,     /* a handler answers later */
	CONN_TUNNEL,     /* another protocol is spoken, by a handler */
	CONN_WAIT_DISK,  /* the disk must bring more of what is queued */
	CONN_RESPOND,    /* the peer must take what is queued */
	CONN_HTTP2,      /* streams are open */
	CONN_HTTP2_IDLE, /* none is */
	CONN_HTTP2_HEAD, /* a field block is open */
	CONN_HTTP2_SEND, /* the peer must take what is queued */
	CONN_LINGER,     /* answered for the last time; reading on */
	CONN_CLOSED,
	CONN_STATES, /* how many */
};

struct conn_step {
	const char *doing;
	enum slot_conn shown; /* to the operator */ /* for the log */
	int events;                                 /* of the loop */
	int wait;     /* enum conn_wait, or CONN_WAITS: no deadline */
	bool rearms;  /* every entry is progress, not only the first */
	bool is_busy; /* a close cuts a request or a response */
	unsigned next;
};

extern const struct conn_step conn_steps[CONN_STATES];

#endif
