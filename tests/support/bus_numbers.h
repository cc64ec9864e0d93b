/*
 * Numbers that modules publish and hear, over kills, reloads and upgrades:
 * tests/system/modules/publishes.c writes them down, moves.c sends them to its
 * WebSockets.
 * SPDX-License-Identifier: MIT
 */
#ifndef BUS_NUMBERS_H
#define BUS_NUMBERS_H

#include <stdbool.h>

#include "support/client.h"
#include "support/server.h"

enum { BUS_WORKERS = 3, BUS_NUMBERS = 4000, BUS_PATIENCE = 10000 /* ms */ };

/* route: more members of the route of the module. */
#define BUS_CONF(route)                                                        \
	"{\"workers\": 3, \"control\": \"control\","                           \
	" \"pid_file\": \"$DIR/prong.pid\","                                   \
	" \"listen\": [\"127.0.0.1:$PORT\"]," SERVER_TIMEOUTS ","              \
	" \"sites\": [{\"routes\": [{\"path\": \"/*\", " route "}]}]}"
#define BUS_MOVES_CONF BUS_CONF("\"module\": \"" MODULES "/moves.so\"")

/* dir: where the workers write. */
#define BUS_SEEN_CONF(dir)                                                     \
	BUS_CONF("\"config\": {\"seen\": \"$DIR/" dir "\"},"                   \
		 " \"module\": \"" MODULES "/publishes.so\"")

/* By the index of the worker. */
extern struct bus_seen {
	bool has[BUS_NUMBERS];
	int lost;
} bus_seen[BUS_WORKERS];

/* server_init and server_start with BUS_SEEN_CONF("seen"). */
void bus_numbers_start(struct server *);

/* Publishes count numbers from this one on; returns the next one.  A worker
 * that is killed does not say how many it has published: all are skipped. */
int bus_numbers_publish(struct server *, int from, int count);

/* Reads what the workers have written into bus_seen.  No process has heard
 * anything twice.  Messages of different workers have no order. */
void bus_numbers_read(struct server *);

/* Publishes until all have heard the last number; the channels keep the order.
 */
void bus_numbers_settle(struct server *, int *next);

/* How many numbers some worker has seen and this one has not. */
int bus_missed(int index, int count);

/* The WebSocket is sent each of so many numbers once. */
void bus_numbers_expect(struct client *, int count);

#endif
