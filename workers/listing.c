/*
 * A listing is made once for all who ask for it meanwhile, and kept as a file
 * is: so conditions, ranges and HEAD are answered like those of a file.  It is
 * made off the loop, where anything is; else most are done at once, and the
 * loop turns while a large one is made.
 * SPDX-License-Identifier: MIT
 */
#include "config.h"

#include "listing.h"

#include <assert.h>
#include <stdlib.h>

#include "disk.h"
#include "exchange.h"
#include "file.h"
#include "hash.h"
#include "headers.h"
#include "listing_job.h"
#include "site.h"
#include "static_file.h"
#include "worker.h"

enum {
	SLICE_US = 500, /* of a turn of the loop */
	ENTRIES_MAX = 10000,
	MEMORIES = 8,
	KEEP_MS = 1000,
};

struct listing_memory {
	struct file *file; /* NULL: none */
	struct listing_wish wish;
	char *path;
	int64_t until;
};

/* Of a wish that took more than a slice, or is made off the loop. */
struct listing_order {
	struct listing_order *next;
	struct disk_job disk;
	int status; /* when that was run */
	struct worker *worker;
	const struct route *route;
	struct listing_wish wish; /* its path is the memory's */
	char *path;
	struct listing_job *job;
	struct exchange **waiting; /* NULL: it has gone */
	size_t nwaiting;
};

/* ---- what was asked for ------------------------------------------------- */

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

static bool
wants_json(const struct exchange *x)
{
	struct span accept = request_value(&x->request, FIELD_ACCEPT);

	return x->route->conf->listing == CONF_LISTING_JSON ||
	       (accept.at != NULL && memmem(accept.at, accept.len,
					     "application/json", 16) != NULL);
}

/* Where the query names no column it is the route's order. */
static void
read_order(struct span query, enum conf_listing_order preset,
	struct listing_wish *wish)
{
	static const enum listing_sort sorts[] = { LISTING_NAME, LISTING_SIZE,
		LISTING_TIME };
	char text[32];

	wish->sort = sorts[preset % LISTING_SORTS];
	wish->is_descending = preset >= CONF_LISTING_NAME_DOWN;
	for (int i = 0; i < LISTING_SORTS; i++) {
		snprintf(text, sizeof(text), "sort=%s", listing_sorts[i]);
		if (!has_parameter(query, text))
			continue;
		wish->sort = (enum listing_sort)i;
		wish->is_descending = false;
	}
	if (has_parameter(query, "order=desc"))
		wish->is_descending = true;
	if (has_parameter(query, "order=asc"))
		wish->is_descending = false;
}

static struct listing_wish
read_wish(const struct exchange *x, struct span rest)
{
	struct listing_wish wish = {
		.root = &x->route->docroot.root,
		.below = rest,
		.dotfiles = x->route->conf->dotfiles,
		.most = ENTRIES_MAX,
		.site = x->site,
		.is_json = wants_json(x),
		.path = x->request.path,
	};

	read_order(x->request.query, x->route->conf->listing_order, &wish);
	return wish;
}

/* The path tells what is below the root. */
static bool
is_same(const struct listing_wish *a, const struct listing_wish *b)
{
	return a->root == b->root && a->sort == b->sort &&
	       a->is_descending == b->is_descending &&
	       a->is_json == b->is_json && span_is(a->path, b->path) &&
	       a->below.len == b->below.len;
}

/* ---- memories ----------------------------------------------------------- */

static void
forget(struct listing_memory *m)
{
	file_unref(m->file);
	free(m->path);
	*m = (struct listing_memory){ 0 };
}

/* Are there any left? */
static bool
forget_old(struct listings *l, int64_t now_ms)
{
	bool is_any = false;

	for (int i = 0; i < MEMORIES; i++) {
		struct listing_memory *m = &l->memories[i];

		if (m->file != NULL && m->until <= now_ms)
			forget(m);
		is_any |= m->file != NULL;
	}
	return is_any;
}

static struct listing_memory *
memory_of(struct listings *l, const struct listing_wish *wish)
{
	uint64_t hash = hash_bytes(wish->path.at, wish->path.len,
		wish->sort * 4u + wish->is_descending * 2u + wish->is_json);

	return &l->memories[hash % MEMORIES];
}

static char *
copy_path(const struct listing_wish *wish)
{
	char *path = strndup(wish->path.at, wish->path.len);

	assert(path != NULL);
	return path;
}

static void
remember(struct listings *l, const struct listing_wish *wish, struct file *f,
	int64_t now_ms)
{
	struct listing_memory *m = memory_of(l, wish);
	char *path = copy_path(wish);

	forget(m);
	m->file = file_ref(f);
	m->until = now_ms + KEEP_MS;
	m->wish = *wish;
	m->path = path;
	m->wish.path.at = path;
	if (!ev_is_active(&l->turn)) {
		ev_timer_set(&l->turn, KEEP_MS / 1000., 0.);
		ev_timer_start(l->loop, &l->turn);
	}
}

/* ---- made --------------------------------------------------------------- */

static struct file *
make_file(struct worker *w, const struct route *route,
	const struct listing_wish *wish, struct span text)
{
	const struct headers *h = &route->headers;
	bool is_negotiated = route->conf->listing == CONF_LISTING_ON;
	const struct file_traits traits = {
		.type = wish->is_json ? "application/json"
				      : "text/html; charset=utf-8",
		.cache_control = headers_removes(h, SPAN("Cache-Control"))
					 ? NULL
					 : "no-cache",
		.largest = INT64_MAX,
		.fields = h->lines,
		.is_nameless = headers_removes(h, SPAN("Server")),
		.is_tagless = headers_removes(h, SPAN("ETag")),
		.is_dateless = headers_removes(h, SPAN("Last-Modified")),
		.is_whole = headers_removes(h, SPAN("Accept-Ranges")),
		.vary = is_negotiated ? "Accept" : NULL,
	};
	/* A file in it may change and the directory not: it was modified now.
	 */
	const struct file now = { .identity.modified.tv_sec = w->second };

	return file_code(&now, &traits, text.at, text.len);
}

/* ---- orders ------------------------------------------------------------- */

static void
on_gone(struct exchange *x, enum exchange_end why)
{
	struct listing_order *o = x->handler_data;

	(void)why;
	for (size_t i = 0; i < o->nwaiting; i++)
		if (o->waiting[i] == x)
			o->waiting[i] = NULL;
}

static void
wait_for(struct exchange *x, struct listing_order *o)
{
	static const struct exchange_handler handler = { .on_gone = on_gone };

	o->waiting = reallocarray(
		o->waiting, o->nwaiting + 1, sizeof(struct exchange *));
	assert(o->waiting != NULL);
	o->waiting[o->nwaiting++] = x;
	exchange_hold(x, &handler, o);
}

static void
order_free(struct listing_order *o)
{
	listing_job_free(o->job);
	free(o->waiting);
	free(o->path);
	free(o);
}

static bool
is_wanted(const struct listing_order *o)
{
	for (size_t i = 0; i < o->nwaiting; i++)
		if (o->waiting[i] != NULL)
			return true;
	return false;
}

static void
start_turn(struct listings *l, double after)
{
	ev_timer_stop(l->loop, &l->turn);
	ev_timer_set(&l->turn, after, 0.);
	ev_timer_start(l->loop, &l->turn);
}

/* Takes the job over. */
static struct listing_order *
order(struct exchange *x, const struct listing_wish *wish,
	struct listing_job *job)
{
	struct listings *l = &x->worker->listings;
	struct listing_order *o = calloc(1, sizeof(*o)), **link = &l->orders;

	assert(o != NULL);
	o->worker = x->worker;
	o->route = x->route;
	o->wish = *wish;
	o->path = copy_path(wish);
	o->wish.path.at = o->path;
	o->job = job;
	while (*link != NULL)
		link = &(*link)->next;
	*link = o;
	wait_for(x, o);
	return o;
}

static struct listing_order *
find_order(const struct listings *l, const struct listing_wish *wish)
{
	struct listing_order *o = l->orders;

	while (o != NULL && !is_same(&o->wish, wish))
		o = o->next;
	return o;
}

static void
deliver(struct listings *l, struct listing_order *o, int status)
{
	struct file *f = NULL;

	if (status == 0) {
		f = make_file(o->worker, o->route, &o->wish,
			listing_job_text(o->job));
		remember(l, &o->wish, f, o->worker->now_ms);
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

/* ---- off the loop ------------------------------------------------------- */

static struct listing_order *
order_of(struct disk_job *disk)
{
	return (struct listing_order *)((char *)disk -
					offsetof(struct listing_order, disk));
}

static void
run(struct disk_job *disk)
{
	struct listing_order *o = order_of(disk);

	do
		o->status = listing_job_run(o->job, INT32_MAX);
	while (o->status == LISTING_JOB_MORE);
}

static void
done(struct disk_job *disk, bool was_run)
{
	struct listing_order *o = order_of(disk), **link;
	struct listings *l = &o->worker->listings;

	link = &l->orders;
	while (*link != o)
		link = &(*link)->next;
	*link = o->next;
	if (was_run)
		deliver(l, o, o->status);
	order_free(o);
}

static void
start(struct listing_order *o)
{
	o->disk.run = run;
	o->disk.done = done;
	disk_start(o->worker->disk, &o->disk);
}

/* ---- turn by turn ------------------------------------------------------- */

/* The first one only: however many there are, a turn takes no longer. */
static void
work(struct listings *l)
{
	struct listing_order *o = l->orders;
	int status = LISTING_JOB_MORE;

	if (is_wanted(o))
		status = listing_job_run(o->job, SLICE_US);
	if (is_wanted(o) && status == LISTING_JOB_MORE)
		return;
	l->orders = o->next;
	deliver(l, o, status);
	order_free(o);
}

static void
on_turn(struct ev_loop *loop, ev_timer *turn, int revents)
{
	struct listings *l = turn->data;
	struct worker *w = (struct worker *)((char *)l -
					     offsetof(struct worker, listings));
	bool has_work = l->orders != NULL && w->disk == NULL;

	(void)revents;
	if (has_work)
		work(l);
	ev_timer_stop(loop, turn);
	if (has_work && l->orders != NULL)
		start_turn(l, 0.);
	else if (forget_old(l, w->now_ms))
		start_turn(l, KEEP_MS / 1000.);
}

/* ---- asked -------------------------------------------------------------- */

void
listings_init(struct listings *l, struct ev_loop *loop)
{
	l->loop = loop;
	l->orders = NULL;
	ev_timer_init(&l->turn, on_turn, 0., 0.);
	l->turn.data = l;
	l->memories = calloc(MEMORIES, sizeof(*l->memories));
	assert(l->memories != NULL);
}

void
listings_fini(struct listings *l)
{
	struct listing_order *o;

	ev_timer_stop(l->loop, &l->turn);
	while ((o = l->orders) != NULL) {
		l->orders = o->next;
		for (size_t i = 0; i < o->nwaiting; i++)
			if (o->waiting[i] != NULL)
				exchange_abandon(o->waiting[i], EXCHANGE_GONE);
		order_free(o);
	}
	for (int i = 0; i < MEMORIES; i++)
		forget(&l->memories[i]);
	free(l->memories);
	l->memories = NULL;
}

static int
make(struct exchange *x, const struct listing_wish *wish, struct file **out)
{
	struct worker *w = x->worker;
	struct listing_job *job = listing_job_new(wish);
	int status = LISTING_JOB_MORE;

	if (w->disk != NULL) {
		start(order(x, wish, job));
		return LISTING_LATER;
	}
	if (w->listings.orders == NULL)
		status = listing_job_run(job, SLICE_US);
	if (status == LISTING_JOB_MORE) {
		order(x, wish, job);
		start_turn(&w->listings, 0.);
		return LISTING_LATER;
	}
	if (status == 0) {
		*out = make_file(w, x->route, wish, listing_job_text(job));
		remember(&w->listings, wish, *out, w->now_ms);
	}
	listing_job_free(job);
	return status;
}

int
listing_get(struct exchange *x, struct span rest, struct file **out)
{
	struct worker *w = x->worker;
	struct listing_wish wish = read_wish(x, rest);
	struct listing_memory *m = memory_of(&w->listings, &wish);
	struct listing_order *o;

	if (m->file != NULL && w->now_ms < m->until &&
		is_same(&m->wish, &wish)) {
		*out = file_ref(m->file);
		return 0;
	}
	o = find_order(&w->listings, &wish);
	if (o == NULL)
		return make(x, &wish, out);
	wait_for(x, o);
	return LISTING_LATER;
}
