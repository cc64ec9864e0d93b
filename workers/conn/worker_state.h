/*
 * The state of a worker that all its folders use: the loop and its clock, the
 * logs, the connections, the pools.  Only workers/worker.c creates it.
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_STATE_H
#define WORKER_STATE_H

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/log.h"
#include "common/protocol_counters.h"
#include "common/sink.h"
#include "common/site_counters.h"
#include "conn/conn_table.h"
#include "conn/exchange_pool.h"
#include "conn/input_buffer.h"
#include "conn/migrate.h"
#include "conn/refusal.h"
#include "conn/run_queue.h"
#include "file/file_cache.h"
#include "file/file_errors.h"
#include "file/retry_io.h"
#include "http/accept_encoding.h"
#include "http/date.h"
#include "http/http1.h"

struct acceptor;
struct canary;
struct disk_wait_job;
struct context_pool;
struct conf;
struct disk;
struct exchange;
struct exchange_service;
struct heritage;
struct http2_service;
struct readahead;
struct serve_state;
struct slot;
struct tls_server;
struct work_pool;

enum worker_state {
	WORKER_STARTING, /* loads what the configuration names */
	WORKER_READY,    /* waits for GO */
	WORKER_SERVING,
	WORKER_DRAIN_DELAY, /* the same, until drain_delay is over */
	WORKER_DRAINING,    /* accepts nothing, finishes what is in flight */
	WORKER_DONE,
};

struct http2;

/* The state of a worker; passed along, never global. */
struct worker {
	enum worker_state state;
	const struct heritage *heritage;
	const struct conf *conf;
	struct slot *slot;
	const struct exchange_service *service;
	const struct http2_service *http2;
	struct ev_loop *loop;
	struct retry_io channel;
	ev_timer channel_pause; /* a shortage of descriptors */
	unsigned failed_recvs;  /* from the channel, in a row */
	ev_timer beat;          /* once a second: heartbeat, logs */
	ev_timer leave;     /* the end of the drain delay, then of the drain */
	int64_t idle_grace; /* after `leave`: for idle TLS connections, in ms */
	ev_timer force_end; /* the end of what goes on for ever */
	ev_idle busy;       /* runs while it must not wait */

	/* The time of this turn of the loop. */
	int64_t now_ns;  /* monotonic */
	int64_t now_ms;  /* now_ns in milliseconds */
	uint32_t second; /* of the day's clock, since the epoch */
	char date[DATE_LEN];
	int64_t last_beat_ms;
	uint64_t last_cpu_us;
	struct site_counters not_shown; /* of the operator's requests */

	uint64_t recycle_at;    /* so many requests are enough */
	struct migrate migrate; /* while DRAINING, to a successor */
	struct canary *canary;  /* NULL: none was started */
	bool has_failed;        /* to become ready */

	struct log log;
	struct log_limit unwatched; /* connections that epoll refused */
	struct sink error_sink;

	struct http1 http1;
	struct serve_state *serve; /* of the folder serve/ */
	struct file_cache files;
	struct disk *disk;      /* NULL: it is waited for by the loop */
	struct work_pool *work; /* NULL: the loop computes */
	struct disk_wait_job *disk_wait_jobs; /* that wait for the disk */
	struct readahead *readaheads;         /* in progress */
	struct codings_memo codings;
	struct conn_table conns;
	size_t most_open_files;     /* RLIMIT_NOFILE, for the log */
	struct acceptor *acceptors; /* one a listening socket */
	struct tls_server *tls;     /* NULL: no address has TLS */
	bool is_shutting_down;      /* with the whole server */
	int64_t drain_delay_since;  /* ms, as now_ms */
	struct log_limit proxy_refusals;
	struct log_limit bare_folders; /* that got 403 */
	struct file_errors file_errors;
	struct refusal_limits refusals;
	bool is_full; /* an acceptor waits for room in conns */
	struct input_buffers input_buffers;
	unsigned nmodule_roots;        /* that modules have opened */
	struct context_pool *contexts; /* NULL: no module is loaded */
	struct http2 *http2s;          /* connections of HTTP/2 */
	struct log_limit http2_abuses[HTTP2_ABUSES];
	struct run_queue run_queue; /* by their handlers, in this turn */
	struct exchange_pool exchanges;
	char *input; /* what one recv(2) brings; WORKER_INPUT bytes */
};

enum { WORKER_INPUT = 64 * 1024 }; /* bytes */

#endif
