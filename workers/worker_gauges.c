/*
 * Copies the figures of other files into the worker's slot.
 * SPDX-License-Identifier: MIT
 */
#include "worker_gauges.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <time.h>

#include "common/heritage.h"
#include "common/slot.h"
#include "file/disk.h"
#include "file/work_pool.h"
#include "http2/http2_balance.h"
#include "serve/serve_state.h"
#include "worker.h"

enum { BEAT_MS = 1000 };

/* Returns the number of connections in the accept queues.  A shared socket is
 * counted by the first worker only. */
static uint64_t
count_accept_queue(const struct worker *w)
{
	const struct heritage *h = w->heritage;
	struct tcp_info info;
	socklen_t len;
	uint64_t n = 0;

	for (size_t i = 0; i < h->nlisteners; i++) {
		if (h->listeners[i].is_shared && h->index != 0)
			continue;
		len = sizeof(info);
		if (getsockopt(h->listeners[i].fd, IPPROTO_TCP, TCP_INFO, &info,
			    &len) == 0)
			n += info.tcpi_unacked;
	}
	return n;
}

/* Returns how late this call is, in ms; it is made by a timer of one second. */
static uint64_t
take_lag(struct worker *w)
{
	int64_t late = w->now_ms - w->last_beat_ms - BEAT_MS;
	bool is_first = w->last_beat_ms == 0;

	w->last_beat_ms = w->now_ms;
	return is_first || late < 0 ? 0 : (uint64_t)late;
}

static uint64_t
take_cpu_us(struct worker *w)
{
	struct timespec t;
	uint64_t now, used;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	now = (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
	used = now - w->last_cpu_us;
	w->last_cpu_us = now;
	return used;
}

static void
update_counters(struct worker *w)
{
	struct slot *s = w->slot;

	s->counters.cache_hits = w->files.lookups - w->files.misses;
	s->counters.cache_misses = w->files.misses;
	s->counters.cache_evictions = w->files.evictions;
	s->counters.disk_waits = disk_counts(w->disk).waits;
	s->counters.work_waits = work_pool_jobs(w->work);
	s->log_lines_dropped[SLOT_LOG_ERROR] = w->error_sink.lost;
	s->log_lines_dropped[SLOT_LOG_ACCESS] =
		access_logs_lost(&w->serve->access);
}

void
worker_gauges_update(struct worker *w)
{
	struct slot_gauges *g = &w->slot->gauges;

	g->connections_limit = w->conns.size;
	g->accept_queue = count_accept_queue(w);
	g->cache_bytes = w->files.lists[FILE_CACHE_MEMORY].used;
	g->body_bytes = w->exchanges.bodies.used;
	g->disk_waiting = disk_counts(w->disk).waiting;
	g->lag_ms = take_lag(w);
	g->cpu_us = take_cpu_us(w);
	http2_load_update(w);
	update_counters(w);
}
