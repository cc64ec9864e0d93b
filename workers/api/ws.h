/*
 * WebSockets of modules: prong_ws_accept() and what follows.
 * SPDX-License-Identifier: MIT
 */
#ifndef WS_H
#define WS_H

struct deadline;
struct prong_context;

/* For a context that ends: before, and after the module is told. */
void ws_tell_gone(struct prong_context *);
void ws_free(struct prong_context *);

/* The worker leaves: 1001. */
void ws_go_away(struct prong_context *);

/* ---- for pulse.c ---- */

void ws_on_ping_due(struct deadline *);
void ws_on_pong_due(struct deadline *);
void ws_on_close_due(struct deadline *);

#endif
