/*
 * The states of a connection: what it waits for in each, for how long, and
 * which states may follow.
 * SPDX-License-Identifier: MIT
 */
#ifndef CONN_STATE_H
#define CONN_STATE_H

#include <stdbool.h>

#include "common/slot.h"

/* conn.c has the picture; with HTTP/2, a connection goes to and fro between the
 * CONN_HTTP2... */
enum conn_state {
	CONN_ACCEPTED,   /* not yet read from */
	CONN_HANDSHAKE,  /* TLS */
	CONN_IDLE,       /* between requests */
	CONN_READ_PROXY, /* a part of the PROXY header was read */
	CONN_READ_HEAD,  /* a part of a head was read */
	CONN_READ_BODY,
	CONN_HANDLE,      /* a handler answers later */
	CONN_TUNNEL,      /* a handler speaks another protocol (101) */
	CONN_WAIT_DISK,   /* queued content is being read from the disk */
	CONN_RESPOND,     /* output waits for the client to read */
	CONN_HTTP2,       /* streams are open */
	CONN_HTTP2_IDLE,  /* no stream is open */
	CONN_HTTP2_HEAD,  /* a field block is incomplete */
	CONN_HTTP2_SEND,  /* output waits for the client to read */
	CONN_HTTP2_LEAVE, /* waits for another worker to take it over */
	CONN_LINGER,      /* last response sent; input is discarded */
	CONN_CLOSED,
	CONN_STATES, /* how many */
};

struct conn_step {
	const char *doing;    /* for the log */
	enum slot_conn shown; /* to the operator */
	int events;           /* of the loop */
	int wait;             /* enum conn_wait, or CONN_WAITS: no deadline */
	bool rearms;          /* every entry is progress, not only the first */
	bool is_busy;         /* a close cuts a request or a response */
	unsigned next;
};

extern const struct conn_step conn_steps[CONN_STATES];

#endif
