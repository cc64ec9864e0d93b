/*
 * An upgrade: what the old master's workers hand over goes to the new master,
 * and from there to its workers.  Both sides; closed, they do nothing.
 * SPDX-License-Identifier: MIT
 */
#ifndef BEQUEST_H
#define BEQUEST_H

#include <ev.h>
#include <stdbool.h>

#include "common/channel.h"
#include "supervise/send_queue.h"

struct conn_router;

/* Where a new master finds its end of the channel: "FD FORMAT". */
#define BEQUEST_VARIABLE "PRONG_CONNECTIONS"

/* The old master's end. */
struct bequest {
	int fd; /* of a channel; -1: closed */
	struct ev_loop *loop;
	const struct conn_router *router;
	ev_io room;
	struct send_queue send_queue; /* what the channel had no room for */
};

void bequest_init(
	struct bequest *, struct ev_loop *, const struct conn_router *);

/* The descriptor is ours from now on. */
void bequest_open(struct bequest *, int fd);
void bequest_close(struct bequest *);
bool bequest_is_open(const struct bequest *);

/* 0, or -1: the new master is gone, and it is closed. */
int bequest_pass(struct bequest *, struct channel_message *);

/* Nothing more should be passed until conn_router_resume(). */
bool bequest_is_congested(const struct bequest *);

/* Waits for room, at most some seconds, until all is passed on. */
void bequest_finish(struct bequest *);

/* For the environment of the new master: keeps fd open for it.  0, or -1 with
 * errno. */
int bequest_announce(int fd);

/* The new master's end. */
struct legacy {
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
void legacy_open(struct legacy *);
bool legacy_is_open(const struct legacy *);

/* We serve: from now on connections come, until the old master has ended. */
void legacy_start(
	struct legacy *, struct ev_loop *, const struct conn_router *);
void legacy_close(struct legacy *);

/* There is room again. */
void legacy_resume(struct legacy *);

#endif
