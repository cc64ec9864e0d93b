/*
 * Records the requests in flight in the scoreboard, so that the master can name
 * them if the worker dies: the one that this turn of the loop works on, and
 * those that wait.
 * SPDX-License-Identifier: MIT
 */
#ifndef INFLIGHT_H
#define INFLIGHT_H

#include <stdint.h>

struct conn;
struct exchange;
struct worker;

/* To be called when the head was read; when the route is known; when the
 * request got an id. */
void inflight_begin(const struct exchange *);
void inflight_set_route(const struct exchange *, uint32_t site, uint32_t route);
void inflight_set_id(const struct exchange *);

/* Ends the connection's turn: the request stays recorded if it is not over. */
void inflight_update(struct conn *);

/* Like inflight_update() with a row number that the caller stores; 0 means no
 * row. */
void inflight_keep(struct worker *, uint8_t *row);
void inflight_forget(struct worker *, uint8_t *row);

#endif
