/*
 * A worker without a process: all that a handler needs, and no process, no
 * socket and no clock.  It serves a temporary directory; its time stands still
 * at FAKE_WORKER_DATE until the test moves it.
 * SPDX-License-Identifier: MIT
 */
#ifndef FAKE_WORKER_H
#define FAKE_WORKER_H

#include <stddef.h>

#include "common/conf.h"
#include "common/heritage.h"
#include "common/slot.h"
#include "conn/worker_state.h"
#include "serve/serve_state.h"

#define FAKE_WORKER_DATE "Mon, 23 Nov 2026 04:01:00 GMT"

enum { FAKE_WORKER_SECOND = 1795406460, FAKE_WORKER_ROUTES = 8 };

struct exchange_protocol;

struct fake_worker {
	struct worker worker;
	struct serve_state serve;
	struct conf
		conf; /* the test may change it before fake_worker_start() */
	struct conf_access_log access_log;
	const struct conf_access_log *numbered[1];
	struct conf_site site;
	struct conf_route routes[FAKE_WORKER_ROUTES];
	struct heritage heritage;
	struct slot slot;
	struct slot_inflight inflight;
	struct output *output; /* of the exchange without a connection */
	char root[64];         /* the directory */
	char *answer;          /* of the last fake_worker_ask() */
	size_t answer_len;
};

/* The defaults, one site, no route yet, an access log. */
void fake_worker_open(struct fake_worker *);
void fake_worker_start(struct fake_worker *);

/* Responses that were counted, with a status of a class (1 to 5). */
uint64_t fake_worker_responses(const struct fake_worker *, unsigned class);
void fake_worker_close(struct fake_worker *);

/* Copies what was written to the error log, which is a file of the test's, and
 * empties it. */
void fake_worker_read_log(struct fake_worker *, char *to, size_t size);

/* Adds a route for all below path, with the directory as its root. */
struct conf_route *fake_worker_add_route(
	struct fake_worker *, const char *path);

/* A file that was modified at FAKE_WORKER_SECOND - 1000. */
void fake_worker_write(struct fake_worker *, const char *name,
	const void *content, size_t len);

/*
 * The bytes of the answer to a request without content, with a terminator,
 * until the next call.  It counts as sent, and its line is in the log.
 */
const char *fake_worker_ask(struct fake_worker *, const char *head);

/* The same in two steps: the request with the verdict on it, and what was
 * queued meanwhile. */
struct exchange *fake_worker_begin(
	struct fake_worker *, const char *head, int *status);
const char *fake_worker_end(struct fake_worker *, struct exchange *);

/* HTTP/1 for an exchange that has no connection. */
const struct exchange_protocol *fake_protocol(void);

/* What the access log holds by now; for free(3). */
char *fake_worker_log(struct fake_worker *);

/* The client's end of a new connection; non-blocking.  Its send and receive
 * buffers hold about size bytes; 0: what is usual. */
int fake_worker_connect(struct fake_worker *, int size);

/* One turn of the loop, without waiting. */
void fake_worker_turn(struct fake_worker *);

#endif
