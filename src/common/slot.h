/*
 * A worker's slot on the scoreboard, in memory that master and worker share.
 * Only the worker writes it, with plain stores; the master reads it, also after
 * the worker has died.
 * SPDX-License-Identifier: MIT
 */
#ifndef SLOT_H
#define SLOT_H

#include <stdatomic.h>
#include <stdint.h>

#include "common/protocol_counters.h"
#include "common/site_counters.h"

enum slot_state {
	SLOT_EMPTY, /* written by the master, after the worker has exited */
	SLOT_STARTING,
	SLOT_READY,
	SLOT_SERVING,
	SLOT_DRAINING,
	SLOT_ENDING, /* the worker's last state: its process exits */
	SLOT_STATES, /* how many */
};

enum { SLOT_HEAD = 192, SLOT_ID = 64, SLOT_INFLIGHT = 8 };
#define SLOT_NO_ROUTE UINT32_MAX

/* A request, for the log if the worker dies while it serves it.  The reader
 * escapes the text, which is the client's. */
struct slot_request {
	uint32_t site, route; /* in the configuration; or SLOT_NO_ROUTE */
	uint64_t since;       /* CLOCK_MONOTONIC, milliseconds; in struct
				 slot_inflight only: when the head was read */
	char id[SLOT_ID];     /* of its X-Request-Id, or "" */
	char head[SLOT_HEAD]; /* the start of it; "": no request */
};

/* Requests that wait for their body, for a handler, or for the client to
 * read. */
struct slot_inflight {
	uint32_t others; /* that found no free entry */
	struct slot_request all[SLOT_INFLIGHT];
} __attribute__((aligned(8)));

/* The steps of a start, in their order: a worker that fails or hangs says in
 * which.  supervise/child.c does the first ones, worker.c the others. */
enum slot_step {
	SLOT_STEP_NONE, /* not started, or ready */
	SLOT_STEP_FORGET,
	SLOT_STEP_SCOREBOARD,
	SLOT_STEP_USER,
	SLOT_STEP_DUMPABLE,
	SLOT_STEP_LOOP,
	SLOT_STEP_ROOTS,
	SLOT_STEP_KEYS,
	SLOT_STEP_MODULES,
	SLOT_STEP_CONNECTIONS,
	SLOT_STEP_SANDBOX,
	SLOT_STEP_CANARY,
	SLOT_STEPS, /* how many */
};

/* What the loop calls a module's function for, outside of a request's turn. */
enum slot_call {
	SLOT_CALL_NONE,
	SLOT_CALL_TIMER,
	SLOT_CALL_WATCH,
	SLOT_CALL_JOB, /* the end of a job on the work pool */
	SLOT_CALL_MESSAGE,
	SLOT_CALL_DRAIN,
	SLOT_CALL_STOP,
	SLOT_CALL_STREAM,
	SLOT_CALL_WEBSOCKET,
	SLOT_CALLS, /* how many */
};

/* "in a timer"; "" for SLOT_CALL_NONE and any other number. */
const char *slot_call_name(uint32_t call);

/* "loading modules"; "" for SLOT_STEP_NONE and any other number. */
const char *slot_step_name(uint32_t step);

/* What a worker has given up for good before it serves. */
enum slot_sandbox {
	SLOT_SANDBOX_CAPABILITIES, /* capabilities(7): all sets are empty */
	SLOT_SANDBOX_NO_NEW_PRIVS, /* PR_SET_NO_NEW_PRIVS */
	SLOT_SANDBOX_LANDLOCK,     /* files but those that are named */
	SLOT_SANDBOX_SCOPE,        /* other processes, by Landlock */
	SLOT_SANDBOX_SECCOMP,      /* system calls but those of a list */
	SLOT_SANDBOX_SECCOMP_DENY, /* system calls of a list */
	SLOT_SANDBOX_LOG,          /* nothing is denied, it is logged */
	SLOT_SANDBOX_LAYERS,       /* how many */
};

/* "landlock" */
const char *slot_sandbox_name(enum slot_sandbox);

/* Why a request or a connection was refused or cut short. */
enum slot_refusal {
	SLOT_REFUSED_HEAD_TIMEOUT,
	SLOT_REFUSED_BODY_TIMEOUT,
	SLOT_REFUSED_HANDLER_TIMEOUT,
	SLOT_REFUSED_WRITE_TIMEOUT,
	SLOT_REFUSED_BAD_REQUEST,
	SLOT_REFUSED_TOO_LARGE,
	SLOT_REFUSED_LIMIT,       /* no connection was left for it */
	SLOT_REFUSED_MEMORY,      /* limits.body_memory has no room */
	SLOT_REFUSED_RATE,        /* of a site or a route */
	SLOT_REFUSED_IN_FLIGHT,   /* of a site or a route */
	SLOT_REFUSED_CLIENT_GONE, /* in the middle of a request or response */
	SLOT_REFUSED_MAINTENANCE, /* of a site */
	SLOT_REFUSED_CLIENT_CONNECTIONS,
	SLOT_REFUSED_CLIENT_IN_FLIGHT,
	SLOT_REFUSED_QUEUE, /* it had waited for timeouts.queue */
	SLOT_REFUSALS,      /* how many */
};

/* "head_timeout" */
const char *slot_refusal_name(enum slot_refusal);

/* How a worker's process ended that was to serve on. */
enum slot_crash {
	SLOT_CRASH_SIGNAL,
	SLOT_CRASH_WATCHDOG,
	SLOT_CRASH_START, /* before it was ready */
	SLOT_CRASH_EXIT,  /* by itself */
	SLOT_CRASHES,     /* how many */
};

const char *slot_crash_name(enum slot_crash);

/* Why a worker is replaced that serves. */
enum slot_recycle {
	SLOT_RECYCLE_REQUESTS, /* limits.requests_per_worker */
	SLOT_RECYCLE_MEMORY,   /* limits.worker_memory */
	SLOT_RECYCLE_ROUTES,   /* some of its routes are unavailable */
	SLOT_RECYCLES,         /* how many */
};

const char *slot_recycle_name(enum slot_recycle);

enum slot_log { SLOT_LOG_ERROR, SLOT_LOG_ACCESS, SLOT_LOGS };

const char *slot_log_name(enum slot_log);

/* What a connection waits for, as an operator sees it. */
enum slot_conn {
	SLOT_CONN_IDLE,
	SLOT_CONN_READING,
	SLOT_CONN_WAITING, /* for a handler or the disk */
	SLOT_CONN_WRITING,
	SLOT_CONNS, /* how many are shown */
	SLOT_CONN_CLOSED = SLOT_CONNS,
};

const char *slot_conn_name(enum slot_conn);

/* What is now; all but the connections are written once a second. */
struct slot_gauges {
	uint64_t by_state[SLOT_CONNS + 1]; /* connections */
	uint64_t connections_limit;
	uint64_t accept_queue; /* connections that the kernel holds */
	uint64_t cache_bytes;
	uint64_t body_bytes; /* of request bodies in memory */
	uint64_t disk_waiting;
	uint64_t lag_ms; /* of the loop: the longest turn of the last second */
	uint64_t http2_connections; /* open, as are these streams */
	uint64_t http2_streams;
	/* Of the last second: the streams that were open at once, without one
	 * for each connection; and the CPU time, in microseconds. */
	uint64_t http2_load;
	uint64_t cpu_us;
};

/* What only grows, and belongs to no site. */
struct slot_counters {
	uint64_t cache_hits, cache_misses, cache_evictions;
	uint64_t disk_waits, disk_timeouts;
	uint64_t work_waits;
};

struct slot {
	_Atomic uint32_t state;     /* enum slot_state */
	_Atomic uint64_t heartbeat; /* CLOCK_MONOTONIC, milliseconds */

	int32_t pid;
	uint32_t index;      /* worker number, from 0 */
	uint32_t generation; /* from 1 */
	uint32_t step;       /* enum slot_step */
	uint32_t loading;    /* the route whose module is loaded, counted
				from 1 over all sites; or 0 */
	uint32_t calling;    /* the same for a module that is called, and */
	uint32_t call;       /* enum slot_call: what for */
	uint32_t job;        /* the same for one whose job runs in a thread */
	uint32_t sandbox;    /* mask of 1u << enum slot_sandbox */

	uint64_t logs_taken;  /* descriptors of logs that REOPEN brought */
	uint64_t accepted;    /* connections since the worker's start */
	uint64_t connections; /* open now */
	uint64_t requests;    /* answered */
	uint64_t bytes_sent;
	uint64_t refused[SLOT_REFUSALS];
	uint64_t log_lines_dropped[SLOT_LOGS];
	struct slot_counters counters;
	struct protocol_counters protocols;
	struct ktls_counters ktls;
	struct slot_gauges gauges;

	struct slot_request current; /* worked on in this turn of the loop */

	/* Requests that reached no site, or one that has no room here. */
	struct site_counters no_site;
} __attribute__((aligned(64)));

/* Returns the state in words: "serving"; "draining" for a worker that ends;
 * "unknown" for any other number. */
const char *slot_state_name(uint32_t state);

/*
 * Copies a slot, reading each word of the shared memory once, so that what the
 * reader checks is what it uses.  The texts of the copy are terminated.
 */
void slot_read(struct slot *to, const struct slot *from);
void slot_read_inflight(
	struct slot_inflight *to, const struct slot_inflight *from);

#endif
