/*
 * The connections of an upgrade: the old master sends those that its workers
 * hand over to the new master, which passes them to its workers.  Messages of
 * the bus go both ways, from the new master's start on.  A closed end does
 * nothing.
 * SPDX-License-Identifier: MIT
 */
#ifndef UPGRADE_CONNS_H
#define UPGRADE_CONNS_H

#include <ev.h>
#include <stdbool.h>

#include "common/channel.h"
#include "reconfig/upgrade_totals.h"
#include "supervise/bus_link.h"
#include "supervise/send_queue.h"

struct conn_router;
struct conn_router_peer;

/* Where a new master finds its end of the channel: "FD FORMAT,BUS".  BUS is the
 * BUS_LINK_VERSION of the old master; earlier programs do not say it. */
#define CONN_IMPORT_VARIABLE "PRONG_CONNECTIONS"

/* The old master's end. */
struct conn_export {
	int fd;        /* a channel; -1: closed */
	bool is_taken; /* the new master serves, and takes connections */
	struct ev_loop *loop;
	const struct conn_router *router;
	ev_io messages; /* of the new master's bus */
	ev_io room;
	struct send_queue send_queue; /* messages that found no room */
	const struct scoreboard *scoreboard;
	struct upgrade_totals told;
	ev_timer tick; /* totals are told */
	struct bus *bus;
	struct bus_link link;
};

void conn_export_init(struct conn_export *, struct ev_loop *,
	const struct conn_router *, const struct scoreboard *, struct bus *);

/* A new master starts, and has the other end.  Takes the descriptor over. */
void conn_export_open(struct conn_export *, int fd);

/* It takes connections from here on. */
void conn_export_begin(struct conn_export *);
void conn_export_close(struct conn_export *);

/* True from conn_export_begin() on. */
bool conn_export_is_open(const struct conn_export *);

/* Sends all queued messages, until the new master has read none for two
 * seconds, and closes the channel. */
void conn_export_finish(struct conn_export *);

/* Passes fd to the new master by its environment.  Returns 0, or -1 with
 * errno. */
int conn_export_announce(int fd);

/* The new master's end. */
struct conn_import {
	int fd;           /* of a channel; -1: closed */
	long bus_version; /* of the old master; 0: it knows no link */
	struct ev_loop *loop;
	const struct conn_router *router;
	struct scoreboard *scoreboard; /* which counts of the old one go to */
	ev_io messages;
	ev_io room;
	struct send_queue send_queue; /* of the bus, that found no room */
	struct bus_link link;
	ev_timer pause; /* after a shortage of descriptors: then try again */
	unsigned failed_recvs;
	void (*on_end)(void *arg); /* the old master has ended */
	void *arg;
};

/* Finds the channel by the environment, if its format is this program's. */
void conn_import_open(struct conn_import *);
bool conn_import_is_open(const struct conn_import *);

/* The new master starts: receives messages of the bus, and connections once it
 * serves, until the old one has ended. */
void conn_import_start(struct conn_import *, struct ev_loop *,
	const struct conn_router *, struct scoreboard *, struct bus *);
void conn_import_close(struct conn_import *);

/* Both ends, and what the router calls with them. */
struct upgrade_conns {
	struct conn_export out; /* open: to the new master */
	struct conn_import in;  /* open: from the old master */
};

extern const struct conn_router_peer upgrade_conns_peer;

#endif
