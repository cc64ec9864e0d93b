/*
 * What the master is told about requests, should the worker die of one: which
 * it works on in this turn of the loop, and which ones wait for something.
 * SPDX-License-Identifier: MIT
 */
#ifndef FLIGHT_H
#define FLIGHT_H

#include "common/span.h"

struct conn;
struct exchange;

/* Its head was read; its route is known. */
void flight_begin(const struct exchange *);
void flight_on_routed(const struct exchange *);

/* It has got another name than its X-Request-Id. */
void flight_name(const struct exchange *, struct span id);

/* The connection's turn ends: keeps the request if it is not over. */
void flight_note(struct conn *);

#endif
