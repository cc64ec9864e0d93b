/*
 * One row a metric; scripts/check-docs holds the rows to prong-operations(7).
 * Metrics that are of one worker are summed up by its index: of a worker that
 * is being replaced there are two processes.
 * SPDX-License-Identifier: MIT
 */
#include "serve/metrics.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/heritage.h"
#include "http/request.h"
#include "serve/metric_lines.h"
#include "serve/metrics_modules.h"
#include "serve/metrics_protocols.h"

enum metric {
	REQUESTS,
	REQUEST_DURATION,
	RECEIVED_BYTES,
	SENT_BYTES,
	REFUSED,
	CONNECTIONS,
	CONNECTIONS_LIMIT,
	CONNECTIONS_ACCEPTED,
	ACCEPT_QUEUE,
	ACCEPT_OVERFLOWS,
	LOG_LINES_DROPPED,
	CACHE_BYTES,
	CACHE_HITS,
	CACHE_MISSES,
	CACHE_EVICTIONS,
	BODY_BYTES,
	DISK_WAITING,
	DISK_WAITS,
	DISK_TIMEOUTS,
	WORK_JOBS,
	LOOP_LAG,
	WORKERS,
	WORKERS_WANTED,
	WORKER_EXITS,
	WORKER_CRASHES,
	WORKERS_RECYCLED,
	WORKER_RESIDENT_BYTES,
	WORKER_CPU_SECONDS,
	OPEN_FILES,
	OPEN_FILES_LIMIT,
	RELOADS,
	LAST_RELOAD_SUCCESSFUL,
	LAST_RELOAD_TIMESTAMP,
	GENERATION,
	START_TIME,
	BUILD_INFO,
	METRICS,
};

static const struct metric_row metrics[] = {
	[REQUESTS] = { "prong_requests_total", "counter",
		"Responses, by site, method and status" },
	[REQUEST_DURATION] = { "prong_request_duration_seconds", "histogram",
		"Time from the head of a request to its response sent" },
	[RECEIVED_BYTES] = { "prong_received_bytes_total", "counter",
		"Bytes of requests, by site" },
	[SENT_BYTES] = { "prong_sent_bytes_total", "counter",
		"Bytes of responses sent, by site" },
	[REFUSED] = { "prong_refused_total", "counter",
		"Requests and connections refused or cut short, by reason" },
	[CONNECTIONS] = { "prong_connections", "gauge",
		"Client connections that are open, by state" },
	[CONNECTIONS_LIMIT] = { "prong_connections_limit", "gauge",
		"Client connections that may be open" },
	[CONNECTIONS_ACCEPTED] = { "prong_connections_accepted_total",
		"counter", "Client connections that were accepted" },
	[ACCEPT_QUEUE] = { "prong_accept_queue", "gauge",
		"Connections that wait in the kernel to be accepted" },
	[ACCEPT_OVERFLOWS] = { "prong_accept_overflows_total", "counter",
		"Connections that found an accept queue of this host full" },
	[LOG_LINES_DROPPED] = { "prong_log_lines_dropped_total", "counter",
		"Log lines that were dropped, by log" },
	[CACHE_BYTES] = { "prong_cache_bytes", "gauge",
		"Bytes of files in the caches of the workers" },
	[CACHE_HITS] = { "prong_cache_hits_total", "counter",
		"Files that were in the cache" },
	[CACHE_MISSES] = { "prong_cache_misses_total", "counter",
		"Files that were not in the cache" },
	[CACHE_EVICTIONS] = { "prong_cache_evictions_total", "counter",
		"Files that were removed from the cache for others" },
	[BODY_BYTES] = { "prong_body_memory_bytes", "gauge",
		"Bytes of request bodies in the memory of the workers" },
	[DISK_WAITING] = { "prong_disk_waiting", "gauge",
		"Jobs that wait for the disk" },
	[DISK_WAITS] = { "prong_disk_waits_total", "counter",
		"Jobs that had to wait for the disk" },
	[DISK_TIMEOUTS] = { "prong_disk_timeouts_total", "counter",
		"Requests that waited too long for the disk" },
	[WORK_JOBS] = { "prong_work_jobs_total", "counter",
		"Computations that were given to the work threads" },
	[LOOP_LAG] = { "prong_loop_lag_seconds", "gauge",
		"How late the event loop of a worker came to its timer" },
	[WORKERS] = { "prong_workers", "gauge", "Worker processes, by state" },
	[WORKERS_WANTED] = { "prong_workers_wanted", "gauge",
		"Worker processes that should serve" },
	[WORKER_EXITS] = { "prong_worker_exits_total", "counter",
		"Worker processes that have ended" },
	[WORKERS_RECYCLED] = { "prong_workers_recycled_total", "counter",
		"Workers that were replaced while they served, by reason" },
	[WORKER_CRASHES] = { "prong_worker_crashes_total", "counter",
		"Worker processes that ended of themselves, by how" },
	[WORKER_RESIDENT_BYTES] = { "prong_worker_resident_bytes", "gauge",
		"Resident memory, by worker" },
	[WORKER_CPU_SECONDS] = { "prong_worker_cpu_seconds_total", "counter",
		"Processor time, by worker" },
	[OPEN_FILES] = { "prong_open_files", "gauge",
		"Descriptors that are open, by worker" },
	[OPEN_FILES_LIMIT] = { "prong_open_files_limit", "gauge",
		"Descriptors that a worker may have open" },
	[RELOADS] = { "prong_reloads_total", "counter",
		"Reloads, by how they ended" },
	[LAST_RELOAD_SUCCESSFUL] = { "prong_config_last_reload_successful",
		"gauge", "1 unless the last reload was refused" },
	[LAST_RELOAD_TIMESTAMP] = { "prong_config_last_reload_timestamp_"
				    "seconds",
		"gauge", "When the configuration was loaded, since the epoch" },
	[GENERATION] = { "prong_generation", "gauge",
		"Number of the current generation" },
	[START_TIME] = { "prong_start_time_seconds", "gauge",
		"When the master started, since the epoch" },
	[BUILD_INFO] = { "prong_build_info", "gauge",
		"1, with the version of the program" },
};

_Static_assert(sizeof(metrics) / sizeof(metrics[0]) == METRICS,
	"every metric has a row");

static const char *const methods[] = {
	[METHOD_UNKNOWN] = "other",
	[METHOD_GET] = "GET",
	[METHOD_HEAD] = "HEAD",
	[METHOD_POST] = "POST",
	[METHOD_PUT] = "PUT",
	[METHOD_DELETE] = "DELETE",
	[METHOD_CONNECT] = "CONNECT",
	[METHOD_OPTIONS] = "OPTIONS",
	[METHOD_TRACE] = "TRACE",
	[METHOD_PATCH] = "PATCH",
};

_Static_assert(sizeof(methods) / sizeof(methods[0]) <= SITE_METHODS,
	"the counters of a site tell all methods apart");

/* ---- lines -------------------------------------------------------------- */

static void
put_head(FILE *f, enum metric m)
{
	metric_put_head(f, &metrics[m]);
}

static void
put_value(FILE *f, enum metric m, uint64_t value)
{
	metric_put_value(f, &metrics[m], value);
}

static void
put_labelled(FILE *f, enum metric m, const char *label, const char *is,
	uint64_t value)
{
	metric_put_labelled(f, &metrics[m], label, is, value);
}

static void
put_seconds(FILE *f, const char *before, uint64_t us)
{
	fprintf(f, "%s %" PRIu64 ".%06" PRIu64 "\n", before, us / 1000000,
		us % 1000000);
}

/* ---- sites -------------------------------------------------------------- */

/* A source of lines: the sums, and the names of the sites. */
struct sites {
	const struct scoreboard_head *head;
	const struct scoreboard_sum *sum;
};

static bool
is_unused(const struct site_counters *c)
{
	return site_counters_requests(c) == 0 && c->bytes_in == 0 &&
	       c->bytes_out == 0;
}

static void
put_responses(FILE *f, const char *site, const struct site_counters *c)
{
	unsigned method, status;
	uint64_t n;
	size_t i = 0;

	while (site_counters_next(c, &i, &method, &status, &n))
		fprintf(f,
			"%s{site=\"%s\",method=\"%s\",code=\"%03u\"} %" PRIu64
			"\n",
			metrics[REQUESTS].name, site,
			method < sizeof(methods) / sizeof(methods[0])
				? methods[method]
				: "other",
			status, n);
	if (c->other_responses > 0)
		fprintf(f,
			"%s{site=\"%s\",method=\"other\",code=\"other\"} "
			"%" PRIu64 "\n",
			metrics[REQUESTS].name, site, c->other_responses);
}

static void
put_durations(FILE *f, const char *site, const struct site_counters *c)
{
	const char *name = metrics[REQUEST_DURATION].name;
	char sum[64 + SCOREBOARD_NAME];
	uint64_t n = 0;

	for (int i = 0; i < SITE_BUCKETS; i++) {
		n += c->duration[i];
		fprintf(f, "%s_bucket{site=\"%s\",le=\"%g\"} %" PRIu64 "\n",
			name, site, (double)site_buckets[i] / 1e9, n);
	}
	n += c->duration[SITE_BUCKETS];
	fprintf(f, "%s_bucket{site=\"%s\",le=\"+Inf\"} %" PRIu64 "\n", name,
		site, n);
	snprintf(sum, sizeof(sum), "%s_sum{site=\"%s\"}", name, site);
	put_seconds(f, sum, c->duration_ns / 1000);
	fprintf(f, "%s_count{site=\"%s\"} %" PRIu64 "\n", name, site, n);
}

static void
put_received(FILE *f, const char *site, const struct site_counters *c)
{
	put_labelled(f, RECEIVED_BYTES, "site", site, c->bytes_in);
}

static void
put_sent(FILE *f, const char *site, const struct site_counters *c)
{
	put_labelled(f, SENT_BYTES, "site", site, c->bytes_out);
}

/* The lines of a metric must stand together. */
static void
put_by_site(FILE *f, const struct sites *s, enum metric m,
	void (*put)(FILE *, const char *, const struct site_counters *))
{
	put_head(f, m);
	for (uint32_t i = 0; i < s->sum->nsites; i++)
		if (!is_unused(&s->sum->sites[i]))
			put(f, s->head->names[i], &s->sum->sites[i]);
}

static void
put_sites(FILE *f, const struct sites *s)
{
	put_by_site(f, s, REQUESTS, put_responses);
	put_by_site(f, s, REQUEST_DURATION, put_durations);
	put_by_site(f, s, RECEIVED_BYTES, put_received);
	put_by_site(f, s, SENT_BYTES, put_sent);
}

/* ---- counters ----------------------------------------------------------- */

static void
put_refused(FILE *f, const struct totals *t)
{
	put_head(f, REFUSED);
	for (unsigned i = 0; i < SLOT_REFUSALS; i++)
		put_labelled(f, REFUSED, "reason", slot_refusal_name(i),
			t->refused[i]);
	put_head(f, LOG_LINES_DROPPED);
	for (unsigned i = 0; i < SLOT_LOGS; i++)
		put_labelled(f, LOG_LINES_DROPPED, "log", slot_log_name(i),
			t->log_lines_dropped[i]);
}

static void
put_totals(FILE *f, const struct totals *t)
{
	put_refused(f, t);
	put_value(f, CONNECTIONS_ACCEPTED, t->accepted);
	put_value(f, CACHE_HITS, t->counters.cache_hits);
	put_value(f, CACHE_MISSES, t->counters.cache_misses);
	put_value(f, CACHE_EVICTIONS, t->counters.cache_evictions);
	put_value(f, DISK_WAITS, t->counters.disk_waits);
	put_value(f, DISK_TIMEOUTS, t->counters.disk_timeouts);
	put_value(f, WORK_JOBS, t->counters.work_waits);
	put_value(f, WORKER_EXITS, t->workers);
	put_head(f, WORKER_CRASHES);
	for (unsigned i = 0; i < SLOT_CRASHES; i++)
		put_labelled(f, WORKER_CRASHES, "how", slot_crash_name(i),
			t->crashes[i]);
	put_head(f, WORKERS_RECYCLED);
	for (unsigned i = 0; i < SLOT_RECYCLES; i++)
		put_labelled(f, WORKERS_RECYCLED, "reason",
			slot_recycle_name(i), t->recycled[i]);
	put_head(f, RELOADS);
	put_labelled(f, RELOADS, "result", "done", t->reloads);
	put_labelled(f, RELOADS, "result", "refused", t->reloads_refused);
}

/* ---- gauges ------------------------------------------------------------- */

/* Of the workers with one index. */
struct by_index {
	uint64_t lag_ms, resident_bytes, cpu_us;
	uint64_t open_files; /* of the process that has most */
	bool is_there;
};

/* Of all that live. */
struct now {
	struct slot_gauges sum;
	unsigned workers[SLOT_STATES];
	struct by_index *by_index;
	size_t n;
};

static void
add_worker(struct now *now, uint32_t index, const struct scoreboard_slot *s,
	const struct slot_gauges *g)
{
	struct by_index *at;

	if (index >= now->n)
		return;
	at = &now->by_index[index];
	at->is_there = true;
	at->lag_ms = g->lag_ms > at->lag_ms ? g->lag_ms : at->lag_ms;
	if (s->open_files > at->open_files)
		at->open_files = s->open_files;
	at->resident_bytes += s->resident_bytes;
	at->cpu_us += s->cpu_us;
}

static void
add_gauges(struct slot_gauges *sum, const struct slot_gauges *g)
{
	for (int i = 0; i < SLOT_CONNS; i++)
		sum->by_state[i] += g->by_state[i];
	sum->connections_limit += g->connections_limit;
	sum->accept_queue += g->accept_queue;
	sum->cache_bytes += g->cache_bytes;
	sum->body_bytes += g->body_bytes;
	sum->disk_waiting += g->disk_waiting;
	sum->http2_connections += g->http2_connections;
	sum->http2_streams += g->http2_streams;
}

/* 0, or -1: no memory. */
static int
collect_gauges(const struct scoreboard_view *v, struct now *now)
{
	const struct slot *shared;
	struct slot s;

	*now = (struct now){ .n = v->head->nslots_used };
	now->by_index = calloc(now->n + 1, sizeof(*now->by_index));
	if (now->by_index == NULL)
		return -1;
	for (size_t i = 0; (shared = scoreboard_next(v, &i)) != NULL; i++) {
		slot_read(&s, shared);
		add_gauges(&now->sum, &s.gauges);
		add_worker(now, s.index, &v->head->slots[i], &s.gauges);
		if (s.state < SLOT_STATES)
			now->workers[s.state]++;
	}
	now->workers[SLOT_DRAINING] += now->workers[SLOT_ENDING];
	return 0;
}

static void
put_workers(FILE *f, const struct now *now)
{
	char text[96];

	put_head(f, LOOP_LAG);
	for (size_t i = 0; i < now->n; i++) {
		snprintf(text, sizeof(text), "%s{worker=\"%zu\"}",
			metrics[LOOP_LAG].name, i);
		if (now->by_index[i].is_there)
			put_seconds(f, text, now->by_index[i].lag_ms * 1000);
	}
	put_head(f, WORKER_RESIDENT_BYTES);
	for (size_t i = 0; i < now->n; i++) {
		snprintf(text, sizeof(text), "%zu", i);
		if (now->by_index[i].is_there)
			put_labelled(f, WORKER_RESIDENT_BYTES, "worker", text,
				now->by_index[i].resident_bytes);
	}
	put_head(f, WORKER_CPU_SECONDS);
	for (size_t i = 0; i < now->n; i++) {
		snprintf(text, sizeof(text), "%s{worker=\"%zu\"}",
			metrics[WORKER_CPU_SECONDS].name, i);
		if (now->by_index[i].is_there)
			put_seconds(f, text, now->by_index[i].cpu_us);
	}
}

static void
put_open_files(FILE *f, const struct now *now)
{
	char text[24];

	put_head(f, OPEN_FILES);
	for (size_t i = 0; i < now->n; i++) {
		snprintf(text, sizeof(text), "%zu", i);
		if (now->by_index[i].open_files > 0)
			put_labelled(f, OPEN_FILES, "worker", text,
				now->by_index[i].open_files);
	}
}

static void
put_gauges(FILE *f, const struct now *now)
{
	put_head(f, CONNECTIONS);
	for (unsigned i = 0; i < SLOT_CONNS; i++)
		put_labelled(f, CONNECTIONS, "state", slot_conn_name(i),
			now->sum.by_state[i]);
	put_value(f, CONNECTIONS_LIMIT, now->sum.connections_limit);
	put_value(f, ACCEPT_QUEUE, now->sum.accept_queue);
	put_value(f, CACHE_BYTES, now->sum.cache_bytes);
	put_value(f, BODY_BYTES, now->sum.body_bytes);
	put_value(f, DISK_WAITING, now->sum.disk_waiting);
	put_head(f, WORKERS);
	for (uint32_t i = SLOT_STARTING; i <= SLOT_DRAINING; i++)
		put_labelled(f, WORKERS, "state", slot_state_name(i),
			now->workers[i]);
	put_workers(f, now);
	put_open_files(f, now);
}

static void
put_master(FILE *f, const struct scoreboard_master *m)
{
	put_value(f, WORKERS_WANTED, m->workers_wanted);
	put_value(f, GENERATION, m->generation);
	put_value(f, LAST_RELOAD_SUCCESSFUL, !m->has_reload_failed);
	put_value(f, LAST_RELOAD_TIMESTAMP, m->reloaded);
	put_value(f, START_TIME, m->started);
	put_value(f, OPEN_FILES_LIMIT, m->open_files_limit);
	put_value(f, ACCEPT_OVERFLOWS, m->accept_overflows);
	put_head(f, BUILD_INFO);
	put_labelled(f, BUILD_INFO, "version", PACKAGE_VERSION, 1);
}

int
metrics_write(FILE *f, const struct heritage *h)
{
	const struct scoreboard_view *v = &h->scoreboard;
	struct scoreboard_sum sum;
	struct now now;

	if (scoreboard_sum(v, true, &sum) == -1)
		return -1;
	if (collect_gauges(v, &now) == -1) {
		scoreboard_sum_fini(&sum);
		return -1;
	}
	put_sites(f, &(struct sites){ v->head, &sum });
	put_totals(f, &sum.totals);
	put_gauges(f, &now);
	metrics_write_protocols(f, &sum.totals, &now.sum);
	metrics_write_certificates(f, h);
	put_master(f, &v->head->master);
	metrics_write_modules(f, v);
	free(now.by_index);
	scoreboard_sum_fini(&sum);
	return 0;
}
