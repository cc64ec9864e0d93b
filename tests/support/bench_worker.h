/*
 * A worker on the bench: all that a handler needs, and no process, no socket
 * and no clock.  It serves a temporary directory; its time stands still at
 * BENCH_DATE until the test moves it.
 * SPDX-License-Identifier: MIT
 */
#ifndef BENCH_WORKER_H
#define BENCH_WORKER_H

#include <stddef.h>

#include "common/conf.h"
#include "common/heritage.h"
#include "common/slot.h"
#include "worker.h"

#define BENCH_DATE "Mon, 23 Nov 2026 04:01:00 GMT"

enum { BENCH_SECOND = 1795406460, BENCH_ROUTES = 8 };

struct bench {
	struct worker worker;
	struct conf conf; /* the test may change it before bench_start() */
	struct conf_site site;
	struct conf_route routes[BENCH_ROUTES];
	struct heritage heritage;
	struct slot slot;
	struct slot_inflight inflight;
	char root[64]; /* the directory */
	char *answer;  /* of the last bench_ask() */
	size_t answer_len;
};

/* The defaults, one site, no route yet, an access log. */
void bench_open(struct bench *);
void bench_start(struct bench *);
void bench_close(struct bench *);

/* Adds a route for all below path, with the directory as its root. */
struct conf_route *bench_add_route(struct bench *, const char *path);

/* A file that was modified at BENCH_SECOND - 1000. */
void bench_write(
	struct bench *, const char *name, const void *content, size_t len);

/*
 * The bytes of the answer to a request without content, with a terminator,
 * until the next call.  It counts as sent, and its line is in the log.
 */
const char *bench_ask(struct bench *, const char *head);

/* The same in two steps: the request with the verdict on it, and what was
 * queued meanwhile. */
struct exchange *bench_begin(struct bench *, const char *head, int *status);
const char *bench_end(struct bench *, struct exchange *);

/* What the access log holds by now; for free(3). */
char *bench_log(struct bench *);

/* The client's end of a new connection; non-blocking.  Its send and receive
 * buffers hold about size bytes; 0: what is usual. */
int bench_connect(struct bench *, int size);

/* One turn of the loop, without waiting. */
void bench_turn(struct bench *);

#endif
