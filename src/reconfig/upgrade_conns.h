/*
 * An upgrade: what the old master's workers hand over goes to the new master,
 * and from there to its workers.  Both sides; closed, they do nothing.
 * SPDX-License-Identifier: MIT
 */
#ifndef UPGRADE_CONNS_H
#define UPGRADE_CONNS_H

#include <ev.h>
#include <stdbool.h>

#include "common/channel.h"
#include "supervise/send_queue.h"

struct conn_router;
struct conn_router_peer;

/* Where a new master finds its end of the channel: "FD FORMAT". */
#define CONN_IMPORT_VARIABLE "PRONG_CONNECTIONS"

/* The old master's end. */
struct conn_export {
	int fd; /* of a channel; -1: closed */
	struct ev_loop *loop;
	const struct conn_router *router;
	ev_io room;
	struct send_queue send_queue; /* what the channel had no room for */
};

void conn_export_init(
	struct conn_export *, struct ev_loop *, const struct conn_router *);

/* The descriptor is ours from now on. */
void conn_export_open(struct conn_export *, int fd);
void conn_export_close(struct conn_export *);
bool conn_export_is_open(const struct conn_export *);

/* Waits for room, at most some seconds, until all is passed on. */
void conn_export_finish(struct conn_export *);

/* For the environment of the new master: keeps fd open for it.  0, or -1 with
 * errno. */
int conn_export_announce(int fd);

/* The new master's end. */
struct conn_import {
	int fd; /* of a channel; -1: closed */
	struct ev_loop *loop;
	const struct conn_router *router;
	ev_io messages;
	ev_timer pause; /* a shortage of descriptors */
	unsigned failed_recvs;
	void (*on_end)(void *arg); /* the old master has ended */
	void *arg;
};

/* Takes what the environment says, if it is in our format. */
void conn_import_open(struct conn_import *);
bool conn_import_is_open(const struct conn_import *);

/* We serve: from now on connections come, until the old master has ended. */
void conn_import_start(
	struct conn_import *, struct ev_loop *, const struct conn_router *);
void conn_import_close(struct conn_import *);

/* Both ends, and what the router calls with them. */
struct upgrade_conns {
	struct conn_export out; /* open: to the new master */
	struct conn_import in;  /* open: from the old master */
};

extern const struct conn_router_peer upgrade_conns_peer;

#endif
