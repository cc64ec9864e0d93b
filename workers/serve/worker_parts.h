/*
 * The parts of a worker that its configuration alone decides: what a worker,
 * `prong explain` and the tests begin and end with.
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_PARTS_H
#define WORKER_PARTS_H

#include <stddef.h>

struct ev_loop;
struct heritage;
struct serve_state;
struct worker;

/* Sets what the worker has inherited, and the tables of functions by which the
 * folders below call those above. */
void worker_parts_link(
	struct worker *, const struct heritage *, struct serve_state *);

/*
 * Opens the pools, the classes of deadlines and the cache.  Contents of
 * requests may use so many bytes of memory.  The table of connections, the
 * sites and the logs are the caller's to open.
 */
void worker_parts_open(struct worker *, struct ev_loop *, size_t body_memory);

/* Closes them and the sites; the loop, the table of connections and the
 * contexts of modules remain. */
void worker_parts_close(struct worker *);

#endif
