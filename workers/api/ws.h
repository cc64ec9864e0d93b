/*
 * WebSockets of modules: prong_ws_accept() and the functions that follow it.
 * SPDX-License-Identifier: MIT
 */
#ifndef WS_H
#define WS_H

struct deadline;
struct context;

/*
 * Called for a context that ends: ws_tell_gone() before, ws_free() after
 * on_end.
 */
void ws_tell_gone(struct context *);
void ws_free(struct context *);

/* The worker drains: the WebSocket moves to another worker, or is closed. */
void ws_drain(struct context *);

/* Sends a close frame with 1001 because the worker drains. */
void ws_go_away(struct context *);

/* Sends it, too, and does not wait for the peer's: the stream ends next. */
void ws_force_end(struct context *);

/* ---- for keepalive.c ---- */

void ws_on_ping_due(struct deadline *);
void ws_on_pong_due(struct deadline *);
void ws_on_close_due(struct deadline *);

#endif
