/*
 * Each second: the path of each root is resolved from memory, and the name of
 * the open directory is read from /proc, which tells of a move that left
 * nothing behind.  What is not in memory is looked at by another process, at
 * growing intervals: a symbolic link that was just made is not.
 * SPDX-License-Identifier: MIT
 */
#include "reconfig/root_watch.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "supervise/generation.h"

enum {
	LOOKS_MAX = 256,       /* of one tick */
	RETRY_FIRST = 1000,    /* ms */
	RETRY_LONGEST = 60000, /* ms, while the new directory cannot be used */
};

static const double interval = 1; /* second */

const char *
root_watch_state(enum resource_state state)
{
	static const char *const words[] = {
		[RESOURCE_SAME] = "",
		[RESOURCE_MOVED] = "moved",
		[RESOURCE_DELETED] = "deleted",
		[RESOURCE_REPLACED] = "another directory has this name",
	};

	_Static_assert(sizeof(words) / sizeof(words[0]) == RESOURCE_STATES,
		"every state has its word");
	return words[state];
}

/* ---- one of them --------------------------------------------------------- */

/* Returns the state that the name of the open directory shows. */
static enum resource_state
judge_name(struct resource *r)
{
	char name[DIRECTORY_NAME];

	if (directory_name(&r->root, name, sizeof(name)) == -1)
		return r->state;
	if (directory_is_deleted(r->root.fd))
		return RESOURCE_DELETED;
	if (r->opened_as != NULL && strcmp(r->opened_as, name) != 0)
		return RESOURCE_MOVED;
	return r->state == RESOURCE_REPLACED ? RESOURCE_REPLACED
					     : RESOURCE_SAME;
}

/* True when the master could not look: that says nothing about the root. */
static bool
is_shortage(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOMEM;
}

static enum resource_state
judge_root(struct resource *r)
{
	enum resource_state by_name = judge_name(r);
	struct directory_id id;
	bool is_known = directory_look(r->name, &id) == 0;

	if (!is_known && is_shortage(errno))
		return r->state;
	r->is_unknown = false;
	if (is_known)
		return directory_is_same(&r->id, &id) ? RESOURCE_SAME
						      : RESOURCE_REPLACED;
	if (errno == ENOENT || errno == ENOTDIR)
		return by_name == RESOURCE_DELETED ? RESOURCE_DELETED
						   : RESOURCE_MOVED;
	r->is_unknown = true;
	return by_name;
}

static void
log_state(const struct root_watch *w, const struct resource *r)
{
	switch (r->state) {
	case RESOURCE_SAME:
		log_notice(w->log, "root %s is there again", r->name);
		break;
	case RESOURCE_MOVED:
		log_warnx(w->log,
			"root %s was moved: its files are served from where it "
			"is now, until another directory has this name",
			r->name);
		break;
	case RESOURCE_DELETED:
		log_warnx(w->log,
			"root %s was deleted: its files are 503 until a "
			"directory has this name",
			r->name);
		break;
	case RESOURCE_REPLACED:
		log_warnx(w->log,
			"root %s is another directory now: the workers are "
			"replaced",
			r->name);
		break;
	case RESOURCE_STATES:
		assert(!"a number of states");
	}
}

static void
set_state(struct root_watch *w, struct resource *r, enum resource_state next)
{
	if (next == r->state)
		return;
	r->state = next;
	log_state(w, r);
}

static void
look_at(struct root_watch *w, struct resource *r)
{
	bool was_unknown = r->is_unknown;

	set_state(w, r, judge_root(r));
	if (r->is_unknown && !was_unknown)
		w->nasked = 0;
	if (w->nasked == 0)
		w->retry = 0;
}

/* ---- all of them --------------------------------------------------------- */

/* Returns true if a process that may wait for disks should check a root. */
static bool
needs_look(const struct resources *all)
{
	for (size_t i = 0; i < all->count; i++)
		if (all->all[i].kind == RESOURCE_ROOT &&
			(all->all[i].state == RESOURCE_REPLACED ||
				all->all[i].is_unknown))
			return true;
	return false;
}

/* The new directory may be one that the workers may not enter, and the path one
 * that is never in memory. */
static void
request_look(struct root_watch *w)
{
	int64_t now = clock_now_ms(), pause = RETRY_FIRST;

	if (now < w->retry)
		return;
	for (unsigned i = 0; i < w->nasked && pause < RETRY_LONGEST; i++)
		pause *= 2;
	w->nasked++;
	w->retry = now + (pause < RETRY_LONGEST ? pause : RETRY_LONGEST);
	w->on_replaced(w->arg);
}

void
root_watch_report(struct root_watch *w, const struct resources *again)
{
	struct resources *all = (*w->current)->resources;

	for (size_t i = 0; i < all->count; i++) {
		struct resource *r = &all->all[i];
		const struct resource *a = &again->all[i];

		if (r->kind != RESOURCE_ROOT)
			continue;
		if (a->error == 0 && !directory_is_same(&a->id, &r->id))
			set_state(w, r, RESOURCE_REPLACED);
		else if (r->state == RESOURCE_REPLACED && a->error != 0 &&
			 w->nasked == 1)
			log_warnx(w->log,
				"root %s: the directory that has this name "
				"now cannot be used: %s; the old one is served",
				r->name, strerror(a->error));
	}
}

static void
on_tick(struct ev_loop *loop, ev_timer *timer, int events)
{
	struct root_watch *w = timer->data;
	struct resources *all =
		*w->current == NULL ? NULL : (*w->current)->resources;

	(void)loop;
	(void)events;
	if (all == NULL || all->count == 0)
		return;
	for (size_t n = 0; n < all->count && n < LOOKS_MAX; n++) {
		struct resource *r = &all->all[w->next++ % all->count];

		if (r->kind == RESOURCE_ROOT && r->root.fd != -1)
			look_at(w, r);
	}
	if (needs_look(all))
		request_look(w);
	else
		w->nasked = 0;
}

void
root_watch_start(struct root_watch *w, struct ev_loop *loop)
{
	ev_timer_init(&w->tick, on_tick, interval, interval);
	w->tick.data = w;
	ev_timer_start(loop, &w->tick);
}

void
root_watch_stop(struct root_watch *w, struct ev_loop *loop)
{
	ev_timer_stop(loop, &w->tick);
}
