/*
 * A worker on the bench that serves a module of the test below "/", over
 * sockets.
 * SPDX-License-Identifier: MIT
 */
#ifndef BENCH_MOUNT_H
#define BENCH_MOUNT_H

#include "api/prong.h"
#include "support/bench_worker.h"

enum { BENCH_GOT = 64 * 1024 };

struct bench_mount {
	struct bench bench;
	char errors[4096]; /* of the last bench_mount_errors() */
	int fd;            /* of the client */
	char got[BENCH_GOT];
	size_t ngot;
	bool is_at_end; /* the server has closed */
};

/* The test may change m->bench.conf between the two. */
void bench_mount_open(struct bench_mount *);
void bench_mount_start(struct bench_mount *, const struct prong_module *);
void bench_mount_close(struct bench_mount *);

/* A connection that takes the place of the last one. */
void bench_mount_connect(struct bench_mount *);

/* A turn of the loop; what comes is added to m->got. */
void bench_mount_turn(struct bench_mount *);

/* Sends, and turns until nothing more happens; false: the server's end takes
 * no more, and this much was sent. */
bool bench_mount_send(
	struct bench_mount *, const char *bytes, size_t len, size_t *sent);
void bench_mount_say(struct bench_mount *, const char *text);

/* What was written to the error log since the last call. */
const char *bench_mount_errors(struct bench_mount *);

#endif
