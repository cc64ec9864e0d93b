/*
 * What the master is told about requests, should the worker die of one: which
 * it works on in this turn of the loop, and which ones wait for something.
 * SPDX-License-Identifier: MIT
 */
#ifndef FLIGHT_H
#define FLIGHT_H

struct conn;
struct exchange;

/* Its head was read; its route is known; it got the id that it lacked. */
void flight_begin(const struct exchange *);
void flight_on_routed(const struct exchange *);
void flight_on_named(const struct exchange *);

/* The connection's turn ends: keeps the request if it is not over. */
void flight_note(struct conn *);

#endif
