/*
 * Only the head of the scoreboard can be relied on: texts and numbers of slots
 * are copied first, and checked.
 * SPDX-License-Identifier: MIT
 */
#include "common/scoreboard_json.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/conf.h"
#include "common/utf8.h"

enum { RUNNING = 32 /* requests that are listed, the oldest ones */ };

/* ---- values -------------------------------------------------------------- */

static void
put_name(FILE *f, const char *name)
{
	fprintf(f, "\"%s\":", name);
}

static void
put_number(FILE *f, uint64_t n)
{
	fprintf(f, "%" PRIu64, n < INT64_MAX ? n : (uint64_t)INT64_MAX);
}

/* ,"name":7 */
static void
put_member(FILE *f, const char *name, uint64_t n)
{
	putc(',', f);
	put_name(f, name);
	put_number(f, n);
}

static void
put_seconds(FILE *f, const char *name, uint64_t us)
{
	fprintf(f, ",\"%s\":%" PRIu64 ".%06" PRIu64, name, us / 1000000,
		us % 1000000);
}

static void
put_escaped(FILE *f, const char *text, size_t len)
{
	bool is_utf8 = utf8_is_valid(text, len);

	putc('"', f);
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c < ' ' || c == '"' || c == '\\' || c == 0x7f ||
			(c >= 0x80 && !is_utf8))
			fprintf(f, "\\u%04x", c);
		else
			putc(c, f);
	}
	putc('"', f);
}

void
scoreboard_json_text(FILE *f, const char *text)
{
	put_escaped(f, text, strlen(text));
}

/* ,"request":"GET /x HTTP/1.1" */
static void
put_first_line(FILE *f, const char *name, const struct slot_request *r)
{
	size_t len = strnlen(r->head, sizeof(r->head));
	const char *end = memchr(r->head, '\r', len);

	len = end == NULL ? len : (size_t)(end - r->head);
	end = memchr(r->head, '\n', len);
	len = end == NULL ? len : (size_t)(end - r->head);
	putc(',', f);
	put_name(f, name);
	put_escaped(f, r->head, len);
}

/* ---- what all workers have done ------------------------------------------ */

static void
put_reasons(FILE *f, const struct totals *t)
{
	uint64_t crashes = 0;

	for (int i = 0; i < SLOT_CRASHES; i++)
		crashes += t->crashes[i];
	put_member(f, "crashes", crashes);
	fprintf(f, ",\"refused\":{");
	for (unsigned i = 0; i < SLOT_REFUSALS; i++) {
		fprintf(f, "%s", i == 0 ? "" : ",");
		put_name(f, slot_refusal_name(i));
		put_number(f, t->refused[i]);
	}
	fprintf(f, "},\"log_lines_dropped\":{");
	for (unsigned i = 0; i < SLOT_LOGS; i++) {
		fprintf(f, "%s", i == 0 ? "" : ",");
		put_name(f, slot_log_name(i));
		put_number(f, t->log_lines_dropped[i]);
	}
	fprintf(f, "}");
}

static void
put_totals(FILE *f, const struct scoreboard_master *m, const struct totals *t)
{
	put_name(f, "time_ms");
	put_number(f, (uint64_t)clock_now_ms());
	put_member(f, "started", m->started);
	put_member(f, "current_generation", m->generation);
	put_member(f, "workers_wanted", m->workers_wanted);
	put_member(f, "accept_overflows", m->accept_overflows);
	put_member(f, "open_files_limit", m->open_files_limit);
	put_member(f, "accepted", t->accepted);
	put_member(f, "requests", t->requests);
	put_member(f, "bytes_sent", t->bytes_sent);
	put_member(f, "workers_gone", t->workers);
	put_member(f, "reloads", t->reloads);
	put_member(f, "reloads_refused", t->reloads_refused);
	put_member(f, "cache_hits", t->counters.cache_hits);
	put_member(f, "cache_misses", t->counters.cache_misses);
	put_reasons(f, t);
}

/* ---- sites --------------------------------------------------------------- */

static void
put_classes(FILE *f, const struct site_counters *c)
{
	uint64_t by_class[6] = { 0 }, n;
	unsigned method, status;
	size_t at = 0;

	while (site_counters_next(c, &at, &method, &status, &n))
		by_class[status < 600 ? status / 100 : 0] += n;
	for (int i = 1; i < 6; i++)
		fprintf(f, ",\"%dxx\":%" PRIu64, i,
			by_class[i] < INT64_MAX ? by_class[i] : 0);
}

static void
put_site(FILE *f, const char *name, const struct site_counters *c)
{
	fprintf(f, "{\"site\":");
	scoreboard_json_text(f, name);
	put_member(f, "requests", site_counters_requests(c));
	put_member(f, "bytes_received", c->bytes_in);
	put_member(f, "bytes_sent", c->bytes_out);
	put_classes(f, c);
	fprintf(f, ",\"durations\":[");
	for (int i = 0; i <= SITE_BUCKETS; i++) {
		fprintf(f, "%s", i == 0 ? "" : ",");
		put_number(f, c->duration[i]);
	}
	fprintf(f, "]}");
}

static bool
is_unused(const struct site_counters *c)
{
	return site_counters_requests(c) == 0 && c->bytes_in == 0 &&
	       c->bytes_out == 0;
}

static void
put_sites(FILE *f, const struct scoreboard_head *head,
	const struct scoreboard_sum *sum)
{
	const char *comma = "";

	fprintf(f, ",\"duration_bounds\":[");
	for (int i = 0; i < SITE_BUCKETS; i++)
		fprintf(f, "%s%g", i == 0 ? "" : ",",
			(double)site_buckets[i] / 1e9);
	fprintf(f, "],\"sites\":[");
	for (uint32_t i = 0; i < sum->nsites; i++) {
		if (is_unused(&sum->sites[i]))
			continue;
		fprintf(f, "%s", comma);
		put_site(f, head->names[i], &sum->sites[i]);
		comma = ",";
	}
	fprintf(f, "]");
}

/* ---- workers ------------------------------------------------------------- */

static void
put_connections(FILE *f, const struct slot_gauges *g)
{
	for (unsigned i = 0; i < SLOT_CONNS; i++) {
		fprintf(f, "%s", i == 0 ? "" : ",");
		put_name(f, slot_conn_name(i));
		put_number(f, g->by_state[i]);
	}
	put_member(f, "limit", g->connections_limit);
	put_member(f, "accept_queue", g->accept_queue);
}

static void
put_worker(FILE *f, const struct slot *s, const struct scoreboard_slot *of)
{
	uint64_t now = (uint64_t)clock_now_ms();

	fprintf(f,
		"{\"worker\":%" PRIu32 ",\"generation\":%" PRIu32
		",\"pid\":%" PRId32 ",\"state\":\"%s\"",
		s->index, s->generation, s->pid, slot_state_name(s->state));
	put_member(
		f, "heartbeat_ms", now > s->heartbeat ? now - s->heartbeat : 0);
	put_member(f, "connections", s->connections);
	put_member(f, "connections_limit", s->gauges.connections_limit);
	put_member(f, "accepted", s->accepted);
	put_member(f, "requests", s->requests);
	put_member(f, "bytes_sent", s->bytes_sent);
	put_seconds(f, "cpu_seconds", of->cpu_us);
	fprintf(f, ",\"cpu_percent\":%.1f", (double)s->gauges.cpu_us / 1e4);
	put_member(f, "resident_bytes", of->resident_bytes);
	put_member(f, "open_files", of->open_files);
	put_member(f, "lag_ms", s->gauges.lag_ms);
	put_member(f, "cache_bytes", s->gauges.cache_bytes);
	put_first_line(f, "doing", &s->current);
	fprintf(f, "}");
}

static void
add_gauges(struct slot_gauges *sum, const struct slot_gauges *g)
{
	for (int i = 0; i < SLOT_CONNS; i++)
		sum->by_state[i] += g->by_state[i];
	sum->connections_limit += g->connections_limit;
	sum->accept_queue += g->accept_queue;
}

static void
put_workers(FILE *f, const struct scoreboard_view *v)
{
	struct slot_gauges sum = { .lag_ms = 0 };
	const struct slot *shared;
	const char *comma = "";
	struct slot s;

	fprintf(f, ",\"workers\":[");
	for (size_t i = 0; (shared = scoreboard_next(v, &i)) != NULL; i++) {
		slot_read(&s, shared);
		fprintf(f, "%s", comma);
		put_worker(f, &s, &v->head->slots[i]);
		add_gauges(&sum, &s.gauges);
		comma = ",";
	}
	fprintf(f, "],\"connections\":{");
	put_connections(f, &sum);
	fprintf(f, "}");
}

/* ---- requests that are running ------------------------------------------- */

struct running {
	struct slot_request request;
	size_t slot; /* of the worker */
	uint32_t worker, generation;
};

/* The oldest ones, in the order of their age. */
struct running_list {
	size_t n;
	struct running all[RUNNING];
	uint64_t others; /* that are not listed */
};

static void
insert_running(struct running_list *list, const struct running *r)
{
	size_t at = list->n;

	while (at > 0 && list->all[at - 1].request.since > r->request.since)
		at--;
	list->others += list->n == RUNNING;
	if (at == RUNNING)
		return;
	list->n += list->n < RUNNING;
	memmove(&list->all[at + 1], &list->all[at],
		(list->n - 1 - at) * sizeof(*r));
	list->all[at] = *r;
}

static void
collect_running(const struct scoreboard_view *v, struct running_list *list)
{
	struct running r;
	const struct slot *shared;
	struct slot_inflight in;

	*list = (struct running_list){ .n = 0 };
	for (size_t i = 0; (shared = scoreboard_next(v, &i)) != NULL; i++) {
		slot_read_inflight(&in, &scoreboard_segment(v, i)->inflight);
		r.slot = i;
		r.worker = shared->index;
		r.generation = shared->generation;
		list->others += in.others;
		for (size_t k = 0; k < SLOT_INFLIGHT; k++) {
			r.request = in.all[k];
			if (r.request.head[0] != '\0')
				insert_running(list, &r);
		}
	}
}

static const char *
name_site(const struct scoreboard_view *v, const struct running *r)
{
	const struct scoreboard_slot *s = &v->head->slots[r->slot];
	const uint32_t *indices =
		(const void *)((const char *)v->head + s->indices);
	uint32_t site = r->request.site;

	if (r->request.route == SLOT_NO_ROUTE || site >= s->nsites ||
		indices[site] >= v->head->nsites)
		return SCOREBOARD_NO_SITE;
	return v->head->names[indices[site]];
}

/* The path of the route, or "". */
static void
name_route(const struct scoreboard_confs *confs, const struct running *r,
	char *text, size_t size)
{
	const struct conf *conf = confs->find(confs->arg, r->generation);
	uint32_t site = r->request.site, route = r->request.route;

	text[0] = '\0';
	if (conf != NULL && site < conf->nsites &&
		route < conf->sites[site].nroutes)
		conf_route_text(&conf->sites[site].routes[route], text, size);
}

static void
put_running(FILE *f, const struct scoreboard_view *v,
	const struct scoreboard_confs *confs, const struct running *r)
{
	uint64_t now = (uint64_t)clock_now_ms();
	char route[128];

	name_route(confs, r, route, sizeof(route));
	fprintf(f, "{\"worker\":%" PRIu32 ",\"generation\":%" PRIu32, r->worker,
		r->generation);
	put_member(f, "age_ms",
		now > r->request.since ? now - r->request.since : 0);
	fprintf(f, ",\"site\":");
	scoreboard_json_text(f, name_site(v, r));
	fprintf(f, ",\"route\":");
	scoreboard_json_text(f, route);
	fprintf(f, ",\"id\":");
	scoreboard_json_text(f, r->request.id);
	put_first_line(f, "request", &r->request);
	fprintf(f, "}");
}

static void
put_all_running(FILE *f, const struct scoreboard_view *v,
	const struct scoreboard_confs *confs)
{
	struct running_list list;

	collect_running(v, &list);
	fprintf(f, ",\"running\":[");
	for (size_t i = 0; i < list.n; i++) {
		fprintf(f, "%s", i == 0 ? "" : ",");
		put_running(f, v, confs, &list.all[i]);
	}
	fprintf(f, "]");
	put_member(f, "running_others", list.others);
}

int
scoreboard_json_write(FILE *f, const struct scoreboard_view *v,
	const struct scoreboard_confs *confs)
{
	struct scoreboard_sum sum;

	if (scoreboard_sum(v, true, &sum) == -1)
		return -1;
	put_totals(f, &v->head->master, &sum.totals);
	put_sites(f, v->head, &sum);
	put_workers(f, v);
	put_all_running(f, v, confs);
	scoreboard_sum_fini(&sum);
	return 0;
}
