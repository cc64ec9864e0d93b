/*
 * What the master is told about requests, should the worker die of one: which
 * it works on in this turn of the loop, and which ones wait for something.
 * SPDX-License-Identifier: MIT
 */
#ifndef INFLIGHT_H
#define INFLIGHT_H

#include <stdint.h>

struct conn;
struct exchange;
struct worker;

/* Its head was read; its route is known; it got the id that it lacked. */
void inflight_begin(const struct exchange *);
void inflight_set_route(const struct exchange *);
void inflight_set_id(const struct exchange *);

/* The connection's turn ends: keeps the request if it is not over. */
void inflight_update(struct conn *);

/* The same for a place of the caller's, which is 0 where there is none. */
void inflight_keep(struct worker *, uint8_t *place);
void inflight_forget(struct worker *, uint8_t *place);

#endif
