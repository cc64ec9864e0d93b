/*
 * The connections of a worker: an array that is allocated at the start and
 * whose unused part takes no pages.
 * SPDX-License-Identifier: MIT
 */
#ifndef CONN_TABLE_H
#define CONN_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "conn/client_counts.h"
#include "conn/deadline.h"

struct conn;

/* What a connection waits for; each has a deadline class. */
enum conn_wait {
	CONN_WAIT_HANDSHAKE,
	CONN_WAIT_IDLE,
	CONN_WAIT_IDLE_HERE, /* idle, and cannot be passed to another worker */
	CONN_WAIT_HEAD,
	CONN_WAIT_BODY,
	CONN_WAIT_HANDLER,
	CONN_WAIT_WRITE,
	CONN_WAIT_LINGER,
	CONN_WAIT_HTTP2_IDLE,
	CONN_WAIT_HTTP2_HEAD,
	CONN_WAIT_HTTP2_SETTINGS, /* to be acknowledged */
	CONN_WAIT_HTTP2_PING,     /* before the second GOAWAY */
	CONN_WAIT_HTTP2_MOVE,  /* to be idle, so that it can be handed over */
	CONN_WAIT_HTTP2_HOLD,  /* the same, with requests held back */
	CONN_WAIT_HTTP2_LEAVE, /* for room in the channel; no deadline */
	CONN_WAIT_STREAM_BODY, /* a stream of HTTP/2, and the next two */
	CONN_WAIT_STREAM_HANDLER,
	CONN_WAIT_STREAM_WRITE,
	CONN_WAIT_ADMIN, /* idle, of the admin address */
	CONN_WAITS,      /* how many */
};

struct conn_table {
	struct conn *all;
	size_t size;    /* maximum, without the reserve */
	size_t reserve; /* additional ones, only for the admin address */
	size_t admin;   /* those of count that are of the admin address */
	size_t used;    /* entries of all[] that were ever used */
	size_t count;   /* open, or closed and not yet swept */
	struct conn *free;
	struct conn *closed; /* in this turn of the loop */
	struct deadline_class waits[CONN_WAITS];
	struct client_counts clients; /* their connections; client_limit.h */
};

/* Makes a table for size connections, and reserve more of the admin address;
 * no clients are counted.  Returns 0, or -1 with errno. */
int conn_table_init(struct conn_table *, size_t size, size_t reserve);
void conn_table_fini(struct conn_table *);

/* Returns true if there is room for another connection; only those of the admin
 * address may use the reserve. */
bool conn_table_has_room(const struct conn_table *, bool is_admin);

/* Returns a connection, or NULL if there is no room. */
struct conn *conn_table_take(struct conn_table *, bool is_admin);

/* Returns a closed connection to the table; its memory stays valid until
 * conn_table_sweep() at the end of the turn. */
void conn_table_give(struct conn_table *, struct conn *);
void conn_table_sweep(struct conn_table *);

#endif
