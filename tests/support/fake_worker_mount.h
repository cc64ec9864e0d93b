/*
 * A worker without a process that serves a module of the test below "/", over
 * sockets.
 * SPDX-License-Identifier: MIT
 */
#ifndef FAKE_WORKER_MOUNT_H
#define FAKE_WORKER_MOUNT_H

#include "api/prong.h"
#include "support/fake_worker.h"

struct conn_record_websocket;

enum { FAKE_WORKER_GOT = 64 * 1024 };

struct fake_worker_mount {
	struct fake_worker fake;
	char errors[4096]; /* of the last fake_worker_mount_errors() */
	int fd;            /* of the client */
	char got[FAKE_WORKER_GOT];
	size_t ngot;
	bool is_at_end; /* the server has closed */
};

/* The test may change m->fake.conf between the two. */
void fake_worker_mount_open(struct fake_worker_mount *);
void fake_worker_mount_start(
	struct fake_worker_mount *, const struct prong_module *);
void fake_worker_mount_close(struct fake_worker_mount *);

/* The start function of a module, whose instance it keeps. */
int fake_worker_mount_keep(struct prong_instance *);
extern struct prong_instance *fake_worker_instance;

/* A connection that takes the place of the last one. */
void fake_worker_mount_connect(struct fake_worker_mount *);

/* A WebSocket of another worker, on "/ws", takes its place; the record's head
 * is filled in. */
void fake_worker_mount_hand_over(
	struct fake_worker_mount *, const struct conn_record_websocket *);

/* A turn of the loop; what comes is added to m->got. */
void fake_worker_mount_turn(struct fake_worker_mount *);

/* Sends, and turns until nothing more happens; false: the server's end takes
 * no more, and this much was sent. */
bool fake_worker_mount_send(struct fake_worker_mount *, const char *bytes,
	size_t len, size_t *sent);
void fake_worker_mount_say(struct fake_worker_mount *, const char *text);

/* What was written to the error log since the last call. */
const char *fake_worker_mount_errors(struct fake_worker_mount *);

#endif
