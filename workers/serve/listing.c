/*
 * A listing is made once for all exchanges that wait for it and is kept as a
 * struct file, so conditional requests, ranges and HEAD work as for files. The
 * disk pool makes it where there is one; otherwise a small listing is made at
 * once, and a large one in steps between which the loop runs.
 * SPDX-License-Identifier: MIT
 */
#include "serve/listing.h"

#include <stdlib.h>

#include "common/container_of.h"
#include "common/mem.h"
#include "conn/exchange.h"
#include "file/disk.h"
#include "file/file.h"
#include "http/accept_media.h"
#include "http/hash.h"
#include "http/header_rules.h"
#include "serve/listing_job.h"
#include "serve/serve_state.h"
#include "serve/site.h"
#include "serve/static_file.h"

enum {
	SLICE_US = 500, /* microseconds per turn of the loop */
	ENTRIES_MAX = 10000,
	CACHE_SIZE = 8,
	KEEP_MS = 1000,
};

struct cached_listing {
	struct file *file; /* NULL when the entry is free */
	struct listing_spec spec;
	char *path;
	int64_t until;
};

/* A listing that takes more than one step, or that the disk pool makes. */
struct pending_listing {
	struct pending_listing *next;
	struct disk_job disk;
	int status; /* result of the job in the disk pool */
	struct worker *worker;
	const struct route *route;
	struct listing_spec spec; /* its path points to path below */
	char *path;
	struct listing_job *job;
	struct exchange **waiting; /* NULL where the exchange has ended */
	size_t nwaiting;
};

/* ---- parameters of the request ----------------------------------------- */

static bool
has_parameter(struct span query, const char *text)
{
	struct span wanted = span_of(text);
	const char *at = query.len == 0 ? "" : query.at;
	const char *end = at + query.len;

	while (at < end) {
		const char *and = memchr(at, '&', (size_t)(end - at));
		size_t len = (size_t)((and == NULL ? end : and) - at);

		if (span_is((struct span){ at, len }, wanted))
			return true;
		at += len + 1;
	}
	return false;
}

/* JSON is for clients that name it and do not prefer HTML (RFC 9110 12.5.1). */
static bool
wants_json(struct exchange *x)
{
	struct span accept;
	int json;

	if (x->route->conf->files.listing == CONF_LISTING_JSON)
		return true;
	accept = request_list(&x->request, FIELD_ACCEPT, &x->arena);
	json = accept_media_named(accept, SPAN("application/json"));
	return json > 0 &&
	       json >= accept_media_qvalue(accept, SPAN("text/html"));
}

/* Reads the order from the query; the route's order is the default. */
static void
read_sort_order(struct span query, enum conf_listing_order preset,
	struct listing_spec *spec)
{
	static const enum listing_sort sorts[] = { LISTING_NAME, LISTING_SIZE,
		LISTING_TIME };
	char text[32];

	spec->sort = sorts[preset % LISTING_SORTS];
	spec->is_descending = preset >= CONF_LISTING_NAME_DOWN;
	for (int i = 0; i < LISTING_SORTS; i++) {
		snprintf(text, sizeof(text), "sort=%s", listing_sorts[i]);
		if (!has_parameter(query, text))
			continue;
		spec->sort = (enum listing_sort)i;
		spec->is_descending = false;
	}
	if (has_parameter(query, "order=desc"))
		spec->is_descending = true;
	if (has_parameter(query, "order=asc"))
		spec->is_descending = false;
}

static struct listing_spec
read_spec(struct exchange *x, struct span rest)
{
	struct listing_spec spec = {
		.root = &x->route->docroot.root,
		.below = rest,
		.dotfiles = x->route->conf->files.dotfiles,
		.most = ENTRIES_MAX,
		.site = x->site,
		.is_json = wants_json(x),
		.path = x->request.path,
	};

	read_sort_order(
		x->request.query, x->route->conf->files.listing_order, &spec);
	return spec;
}

/* The path implies what is below the root. */
static bool
is_same_spec(const struct listing_spec *a, const struct listing_spec *b)
{
	return a->root == b->root && a->sort == b->sort &&
	       a->is_descending == b->is_descending &&
	       a->is_json == b->is_json && span_is(a->path, b->path) &&
	       a->below.len == b->below.len;
}

/* ---- cache -------------------------------------------------------------- */

static void
evict_listing(struct cached_listing *m)
{
	file_unref(m->file);
	free(m->path);
	*m = (struct cached_listing){ 0 };
}

/* Evicts expired listings; true when any are left. */
static bool
evict_expired(struct listings *l, int64_t now_ms)
{
	bool is_any = false;

	for (int i = 0; i < CACHE_SIZE; i++) {
		struct cached_listing *m = &l->cache[i];

		if (m->file != NULL && m->until <= now_ms)
			evict_listing(m);
		is_any |= m->file != NULL;
	}
	return is_any;
}

static struct cached_listing *
find_cache_entry(struct listings *l, const struct listing_spec *spec)
{
	uint64_t hash = hash_bytes(spec->path.at, spec->path.len,
		spec->sort * 4u + spec->is_descending * 2u + spec->is_json);

	return &l->cache[hash % CACHE_SIZE];
}

static char *
copy_path(const struct listing_spec *spec)
{
	char *path = mem_strndup(spec->path.at, spec->path.len);

	return path;
}

static void
cache_listing(struct listings *l, const struct listing_spec *spec,
	struct file *f, int64_t now_ms)
{
	struct cached_listing *m = find_cache_entry(l, spec);
	char *path = copy_path(spec);

	evict_listing(m);
	m->file = file_ref(f);
	m->until = now_ms + KEEP_MS;
	m->spec = *spec;
	m->path = path;
	m->spec.path.at = path;
	if (!ev_is_active(&l->turn)) {
		ev_timer_set(&l->turn, KEEP_MS / 1000., 0.);
		ev_timer_start(l->loop, &l->turn);
	}
}

/* ---- the file ----------------------------------------------------------- */

static struct file *
make_listing_file(struct worker *w, const struct route *route,
	const struct listing_spec *spec, struct span text)
{
	const struct header_rules *h = &route->headers;
	bool is_negotiated = route->conf->files.listing == CONF_LISTING_ON;
	const struct file_traits traits = {
		.type = spec->is_json ? "application/json"
				      : "text/html; charset=utf-8",
		.cache_control = header_rules_removes(h, SPAN("Cache-Control"))
					 ? NULL
					 : "no-cache",
		.largest = INT64_MAX,
		.fields = h->lines,
		.is_nameless = header_rules_removes(h, SPAN("Server")),
		.is_tagless = header_rules_removes(h, SPAN("ETag")),
		.is_dateless = header_rules_removes(h, SPAN("Last-Modified")),
		.is_whole = header_rules_removes(h, SPAN("Accept-Ranges")),
		.vary = is_negotiated ? "Accept" : NULL,
	};
	/* A file may change without its directory: Last-Modified is now. */
	const struct file now = { .identity.modified.tv_sec = w->second };

	return file_code(&now, &traits, text.at, text.len);
}

/* ---- pending listings --------------------------------------------------- */

static void
on_waiter_gone(struct exchange *x, enum exchange_end why)
{
	struct pending_listing *o = x->handler_data;

	(void)why;
	for (size_t i = 0; i < o->nwaiting; i++)
		if (o->waiting[i] == x)
			o->waiting[i] = NULL;
}

static void
add_waiter(struct exchange *x, struct pending_listing *o)
{
	static const struct exchange_handler handler = {
		.on_gone = on_waiter_gone
	};

	o->waiting = mem_reallocarray(
		o->waiting, o->nwaiting + 1, sizeof(struct exchange *));
	o->waiting[o->nwaiting++] = x;
	exchange_hold(x, &handler, o);
}

static void
free_pending(struct pending_listing *o)
{
	listing_job_free(o->job);
	free(o->waiting);
	free(o->path);
	free(o);
}

static bool
has_waiters(const struct pending_listing *o)
{
	for (size_t i = 0; i < o->nwaiting; i++)
		if (o->waiting[i] != NULL)
			return true;
	return false;
}

static void
schedule_turn(struct listings *l, double after)
{
	ev_timer_stop(l->loop, &l->turn);
	ev_timer_set(&l->turn, after, 0.);
	ev_timer_start(l->loop, &l->turn);
}

/* Queues a listing; takes ownership of job. */
static struct pending_listing *
queue_listing(struct exchange *x, const struct listing_spec *spec,
	struct listing_job *job)
{
	struct listings *l = &x->worker->serve->listings;
	struct pending_listing *o = mem_calloc(1, sizeof(*o)),
			       **link = &l->pending;

	o->worker = x->worker;
	o->route = x->route;
	o->spec = *spec;
	o->path = copy_path(spec);
	o->spec.path.at = o->path;
	o->job = job;
	while (*link != NULL)
		link = &(*link)->next;
	*link = o;
	add_waiter(x, o);
	return o;
}

static struct pending_listing *
find_pending(const struct listings *l, const struct listing_spec *spec)
{
	struct pending_listing *o = l->pending;

	while (o != NULL && !is_same_spec(&o->spec, spec))
		o = o->next;
	return o;
}

static void
deliver_listing(struct listings *l, struct pending_listing *o, int status)
{
	struct worker *w = o->worker;
	struct file *f = NULL;

	listing_job_log(o->job, &o->route->docroot, &w->file_errors, w->now_ms);
	if (status == 0) {
		f = make_listing_file(
			w, o->route, &o->spec, listing_job_text(o->job));
		cache_listing(l, &o->spec, f, w->now_ms);
	}
	for (size_t i = 0; i < o->nwaiting; i++) {
		struct exchange *x = o->waiting[i];

		if (x == NULL)
			continue;
		static_file_found(x, status, f == NULL ? NULL : file_ref(f));
		exchange_complete(x);
	}
	file_unref(f);
}

/* ---- in the disk pool --------------------------------------------------- */

static struct pending_listing *
pending_of(struct disk_job *disk)
{
	return container_of(disk, struct pending_listing, disk);
}

static void
run_in_pool(struct disk_job *disk)
{
	struct pending_listing *o = pending_of(disk);

	do
		o->status = listing_job_run(o->job, INT32_MAX);
	while (o->status == LISTING_JOB_MORE);
}

static void
on_pool_done(struct disk_job *disk, bool was_run)
{
	struct pending_listing *o = pending_of(disk), **link;
	struct listings *l = &o->worker->serve->listings;

	link = &l->pending;
	while (*link != o)
		link = &(*link)->next;
	*link = o->next;
	if (was_run)
		deliver_listing(l, o, o->status);
	free_pending(o);
}

static void
start_in_pool(struct pending_listing *o)
{
	o->disk.run = run_in_pool;
	o->disk.done = on_pool_done;
	o->disk.device = o->route->docroot.device;
	disk_start(o->worker->disk, &o->disk);
}

/* ---- on the loop -------------------------------------------------------- */

/*
 * Works on the first listing only, so that a turn takes no longer however many
 * are pending.
 */
static void
run_first_pending(struct listings *l)
{
	struct pending_listing *o = l->pending;
	int status = LISTING_JOB_MORE;

	if (has_waiters(o))
		status = listing_job_run(o->job, SLICE_US);
	if (has_waiters(o) && status == LISTING_JOB_MORE)
		return;
	l->pending = o->next;
	deliver_listing(l, o, status);
	free_pending(o);
}

static void
on_listing_turn(struct ev_loop *loop, ev_timer *turn, int revents)
{
	struct listings *l = turn->data;
	struct worker *w = l->worker;
	bool has_work = l->pending != NULL && w->disk == NULL;

	(void)revents;
	if (has_work)
		run_first_pending(l);
	ev_timer_stop(loop, turn);
	if (has_work && l->pending != NULL)
		schedule_turn(l, 0.);
	else if (evict_expired(l, w->now_ms))
		schedule_turn(l, KEEP_MS / 1000.);
}

/* ---- interface ---------------------------------------------------------- */

void
listings_init(struct listings *l, struct worker *w)
{
	l->worker = w;
	l->loop = w->loop;
	l->pending = NULL;
	ev_timer_init(&l->turn, on_listing_turn, 0., 0.);
	l->turn.data = l;
	l->cache = mem_calloc(CACHE_SIZE, sizeof(*l->cache));
}

void
listings_fini(struct listings *l)
{
	struct pending_listing *o;

	ev_timer_stop(l->loop, &l->turn);
	while ((o = l->pending) != NULL) {
		l->pending = o->next;
		for (size_t i = 0; i < o->nwaiting; i++)
			if (o->waiting[i] != NULL)
				exchange_abandon(o->waiting[i], EXCHANGE_GONE);
		free_pending(o);
	}
	for (int i = 0; i < CACHE_SIZE; i++)
		evict_listing(&l->cache[i]);
	free(l->cache);
	l->cache = NULL;
}

static int
make_listing(
	struct exchange *x, const struct listing_spec *spec, struct file **out)
{
	struct worker *w = x->worker;
	struct listing_job *job = listing_job_new(spec);
	int status = LISTING_JOB_MORE;

	if (w->disk != NULL) {
		start_in_pool(queue_listing(x, spec, job));
		return LISTING_LATER;
	}
	if (w->serve->listings.pending == NULL)
		status = listing_job_run(job, SLICE_US);
	if (status == LISTING_JOB_MORE) {
		queue_listing(x, spec, job);
		schedule_turn(&w->serve->listings, 0.);
		return LISTING_LATER;
	}
	if (status == 0) {
		*out = make_listing_file(
			w, x->route, spec, listing_job_text(job));
		cache_listing(&w->serve->listings, spec, *out, w->now_ms);
	}
	listing_job_log(job, &x->route->docroot, &w->file_errors, w->now_ms);
	listing_job_free(job);
	return status;
}

int
listing_get(struct exchange *x, struct span rest, struct file **out)
{
	struct worker *w = x->worker;
	struct listing_spec spec = read_spec(x, rest);
	struct cached_listing *m = find_cache_entry(&w->serve->listings, &spec);
	struct pending_listing *o;

	if (m->file != NULL && w->now_ms < m->until &&
		is_same_spec(&m->spec, &spec)) {
		*out = file_ref(m->file);
		return 0;
	}
	o = find_pending(&w->serve->listings, &spec);
	if (o == NULL)
		return make_listing(x, &spec, out);
	add_waiter(x, o);
	return LISTING_LATER;
}
