/*
 * The access logs of a worker: the destinations of their lines.
 * SPDX-License-Identifier: MIT
 */
#ifndef ACCESS_LOGS_H
#define ACCESS_LOGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/conf_log.h"
#include "common/loss_report.h"
#include "common/sink.h"
#include "conn/request_id.h"

struct conf;
struct conf_site;
struct ev_loop;
struct heritage;
struct log;

struct access_log {
	const struct conf_access_log *conf;
	struct sink sink;
	struct loss_report loss;
};

/* The logs that are on of the server, or of a site. */
struct access_log_list {
	struct access_log_list *next; /* to be freed */
	struct access_log **all;
	size_t count;
};

/* The time of day as lines have it, formatted once a second. */
struct access_clock {
	uint32_t second;
	char combined[64]; /* 23/Nov/2026:04:01:00 +0000 */
	char iso[64];      /* 2026-11-23T04:01:00 */
};

struct access_logs {
	const uint32_t *second;      /* the worker's */
	struct ev_loop *const *loop; /* the same, for milliseconds */
	unsigned worker, generation; /* numbers */
	struct access_log *all;      /* by the logs' numbers */
	size_t count;
	struct access_log
		recent; /* by log.recent; sink.kind is SINK_OFF: none */
	struct access_log_list server;
	struct access_log_list *sites;
	uint64_t error_log_lost;  /* lines, told */
	uint64_t master_log_lost; /* the same of the master */
	struct access_clock clock;
	uint64_t chance;        /* state of the generator; for samples */
	struct request_ids ids; /* of requests that no module names */
};

void access_logs_open(struct access_logs *, const struct heritage *,
	const uint32_t *second, struct ev_loop *const *loop);

/* Flushes and closes all; log is told what is lost. */
void access_logs_close(struct access_logs *, struct log *);

/* Returns the logs of a site that are on; those of the server where it has none
 * of its own. */
const struct access_log_list *access_logs_of_site(
	struct access_logs *, const struct conf_site *);

/* Takes ownership of fd. */
void access_logs_reopen(struct access_logs *, size_t number, int fd);

/* Called once a second: flushes all. */
void access_logs_flush(struct access_logs *, struct log *);

/* Tells the first log of the server that the error log has lost so many lines,
 * ever. */
void access_logs_tell_error_log(struct access_logs *, uint64_t lost);

/* The same for lines that the master has lost. */
void access_logs_tell_master_log(struct access_logs *, uint64_t lost);

/* Lines that were dropped, ever. */
uint64_t access_logs_lost(const struct access_logs *);

#endif
