/*
 * The connections of a worker: one piece of memory, sized at start, of which
 * only what is used takes pages.
 * SPDX-License-Identifier: MIT
 */
#ifndef CONN_TABLE_H
#define CONN_TABLE_H

#include <stdbool.h>
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
	CONN_WAIT_ADMIN, /* idle, of those of the admin address */
	CONN_WAITS,      /* how many */
};

struct conn_table {
	struct conn *all;
	size_t size;    /* how many there may be, besides the reserve */
	size_t reserve; /* of these, for the admin address alone */
	size_t admin;   /* of the count, of the admin address */
	size_t used;    /* of all[], ever */
	size_t count;   /* open, or closed and not yet swept */
	struct conn *free;
	struct conn *closed; /* in this turn of the loop */
	struct deadline_class waits[CONN_WAITS];
};

/* Sets up a table for `size` connections, and `reserve` more of the admin
 * address.  0, or -1 with errno. */
int conn_table_init(struct conn_table *, size_t size, size_t reserve);
void conn_table_fini(struct conn_table *);

/* True if a connection of the sites, or of the admin address, would be given
 * memory.  Those of the sites leave the reserve alone. */
bool conn_table_has_room(const struct conn_table *, bool is_admin);

/* Returns NULL when there is no room. */
struct conn *conn_table_take(struct conn_table *, bool is_admin);

/* The memory may be used again after the turn of the loop. */
void conn_table_give(struct conn_table *, struct conn *);
void conn_table_sweep(struct conn_table *);

#endif
