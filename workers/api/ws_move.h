/*
 * WebSockets that move to another worker when this one drains, and those that
 * come from one.
 * SPDX-License-Identifier: MIT
 */
#ifndef WS_MOVE_H
#define WS_MOVE_H

#include <stdbool.h>

struct context;

/* True when another worker has the WebSocket of the context. */
bool ws_has_moved(const struct context *);

/* False for a WebSocket that is restored and had another subprotocol, or one
 * where there was none. */
bool ws_is_same_protocol(const struct context *, const char *protocol);

/* False, and logged, for one that is restored with permessage-deflate, which
 * this build does not have: its client may send compressed messages. */
bool ws_has_codec(const struct context *);

#endif
