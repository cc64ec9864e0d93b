/*
 * Messages of the bus for single WebSockets, also for those that come from
 * another worker.
 * SPDX-License-Identifier: MIT
 */
#ifndef WS_BUS_H
#define WS_BUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bus_head;
struct context;
struct prong_instance;

/* Tells the WebSockets of the instance of a message, or of lost ones. */
void ws_bus_deliver(struct prong_instance *, const struct bus_head *,
	const char *bytes, size_t len);
void ws_bus_tell_loss(struct prong_instance *, uint64_t count);

/* The WebSocket is open: one that was restored may have missed messages. */
void ws_bus_begin(struct context *);

/* Tells it of those, unless the master has not yet told the worker how many
 * there were.  Returns false if that has ended the context. */
bool ws_bus_replay(struct context *);

/* The master has told it: replays to all WebSockets of the instance. */
void ws_bus_settle(struct prong_instance *);

/* Returns the number of the last message that it was told. */
uint64_t ws_bus_number(const struct context *);

#endif
