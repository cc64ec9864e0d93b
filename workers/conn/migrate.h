/*
 * Connections that another worker goes on with: those that wait for a request
 * when this one leaves, WebSockets between two messages whose modules can save
 * them, and those that come from a worker that leaves.
 * SPDX-License-Identifier: MIT
 */
#ifndef MIGRATE_H
#define MIGRATE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/list.h"
#include "file/retry_io.h"

struct channel_message;
struct conn_record_websocket;
struct exchange;
struct migrate_websocket;
struct worker;

enum migrate_answer {
	MIGRATE_SAVED,  /* the record is written */
	MIGRATE_WAITS,  /* a message, or output, is on its way: ask again */
	MIGRATE_NEVER,  /* it cannot be saved */
	MIGRATE_IS_GONE /* it has ended meanwhile */
};

struct migrate_calls {
	/* Writes the record; state has room for CONN_RECORD_STATE bytes. */
	enum migrate_answer (*save)(struct migrate_websocket *,
		struct conn_record_websocket *, char *state);
	/* Another worker has it: its connection is closed next. */
	void (*on_moved)(struct migrate_websocket *);
	/* No worker takes it: closes it with 1001. */
	void (*go_away)(struct migrate_websocket *);
};

/* A WebSocket that is to leave. */
struct migrate_websocket {
	struct list_node node;
	bool is_listed;
	struct exchange *exchange;
	const struct migrate_calls *calls;
};

struct migrate {
	bool is_on;           /* there is a successor */
	struct retry_io room; /* in the channel; active: it is full */
	struct list websockets;
};

void migrate_init(struct worker *);

/* From now on, connections that wait for a request leave at the end of the
 * turn. */
void migrate_start(struct worker *);

/* There is no successor any more. */
void migrate_stop(struct worker *);

/* The WebSocket leaves as soon as it can be saved; while migrate.is_on. */
void migrate_add(struct worker *, struct migrate_websocket *);

/* It has ended, or stays; nothing happens if it was not added. */
void migrate_remove(struct migrate_websocket *);

/* True when some connection is to leave. */
bool migrate_is_due(struct worker *);

/* The end of a turn: sends what waits, as much as the channel takes. */
void migrate_out(struct worker *);

/* Passes so many connections on now, but for what the channel does not take;
 * we go on with the others. */
void migrate_out_some(struct worker *, size_t most);

/* Goes on with the connections of a message, whose descriptors are ours. */
void migrate_in(struct worker *, struct channel_message *);

#endif
