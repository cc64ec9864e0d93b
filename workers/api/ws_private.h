/*
 * The state of a WebSocket, for ws.c and ws_move.c.
 * SPDX-License-Identifier: MIT
 */
#ifndef WS_PRIVATE_H
#define WS_PRIVATE_H

#include <stdbool.h>

#include "api/prong.h"
#include "api/websocket.h"
#include "conn/migrate.h"

struct context;

struct websocket {
	struct context *ctx;
	struct websocket_reader reader;
	struct prong_ws calls;
	void *data;
	const char *protocol; /* the subprotocol, or NULL */
	unsigned window_bits; /* of permessage-deflate, or 0: it is off */
	struct migrate_websocket move;
	uint64_t bus_number; /* if owes_replay: of the last message told */
	bool owes_replay;    /* messages came while it moved */
	bool is_closing;     /* a close frame was sent */
	bool has_told;       /* on_close was called, or must not be */
	bool rests;          /* waits for its next turn */
	bool has_moved;      /* another worker has it */
};

#endif
