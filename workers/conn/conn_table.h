/*
 * The connections of a worker: one piece of memory, sized at start, of which
 * only what is used takes pages.
 * SPDX-License-Identifier: MIT
 */
#ifndef CONN_TABLE_H
#define CONN_TABLE_H

#include <stddef.h>

#include "conn/deadline.h"

struct conn;

/* What a connection waits for, with a deadline of its own each. */
enum conn_wait {
	CONN_WAIT_HANDSHAKE,
	CONN_WAIT_IDLE,
	CONN_WAIT_IDLE_HERE, /* the same, of those that no other worker can take
			      */
	CONN_WAIT_HEAD,
	CONN_WAIT_BODY,
	CONN_WAIT_HANDLER,
	CONN_WAIT_WRITE,
	CONN_WAIT_LINGER,
	CONN_WAIT_HTTP2_IDLE,
	CONN_WAIT_HTTP2_HEAD,
	CONN_WAIT_HTTP2_SETTINGS, /* to be acknowledged */
	CONN_WAIT_HTTP2_PING,     /* before the second GOAWAY */
	CONN_WAIT_STREAM_BODY,    /* these three of a stream of HTTP/2 */
	CONN_WAIT_STREAM_HANDLER,
	CONN_WAIT_STREAM_WRITE,
	CONN_WAIT_ADMIN, /* idle, when the worker drains */
	CONN_WAITS,      /* how many */
};

struct conn_table {
	struct conn *all;
	size_t size;  /* how many there may be */
	size_t used;  /* of all[], ever */
	size_t count; /* open, or closed and not yet swept */
	struct conn *free;
	struct conn *closed; /* in this turn of the loop */
	struct deadline_class waits[CONN_WAITS];
};

/* 0, or -1 with errno. */
int conn_table_init(struct conn_table *, size_t size);
void conn_table_fini(struct conn_table *);

/* NULL when it is full. */
struct conn *conn_table_take(struct conn_table *);

/* The memory may be used again after the turn of the loop. */
void conn_table_give(struct conn_table *, struct conn *);
void conn_table_sweep(struct conn_table *);

#endif
