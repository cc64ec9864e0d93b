/*
 * Threads look at the roots, one after the other.  A thread that waits for a
 * disk is left behind with its root; another one continues with the rest.
 * SPDX-License-Identifier: MIT
 */
#include "supervise/root_prober.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/detached_thread.h"
#include "common/user.h"
#include "supervise/child.h"
#include "supervise/opened.h"
#include "supervise/opener.h"
#include "supervise/tree_watch.h"

enum {
	INTERVAL = 500,    /* ms between two looks at a root */
	THREADS_MAX = 32,  /* so many roots may hang before none is watched */
	THREADS_MORE = 4,  /* are started when a round was not finished */
	STACK = 256 * 1024 /* bytes, of a thread */
};

struct probed {
	bool is_watched;       /* the directory of known.id, with those below */
	struct resource known; /* what the master knows, without descriptor */
	size_t index;
	unsigned round; /* the last in which it was looked at */
	bool is_busy;   /* a thread looks at it */
	int64_t since;  /* clock_now_ms(): when the thread began */
};

struct prober {
	int channel;
	pthread_mutex_t lock; /* of all that follows, and of sending */
	struct probed *all;
	size_t count;
	unsigned round;
	size_t next; /* those before it were looked at, or are busy */
	unsigned nthreads;
	struct tree_watch *trees; /* NULL: none are watched */
};

/* ---- a thread ------------------------------------------------------------ */

static struct probed *
find_due(struct prober *p)
{
	for (; p->next < p->count; p->next++) {
		struct probed *at = &p->all[p->next];

		if (!at->is_busy && at->round != p->round)
			return at;
	}
	return NULL;
}

/* Such an error says nothing about the root. */
static bool
is_shortage(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOMEM ||
	       error == EINTR;
}

/* May wait for a disk, so without the lock.  Returns false if nothing has
 * changed; else r->error tells, or a descriptor. */
static bool
look_at(struct resource *r)
{
	struct directory_id before = r->id, now;
	bool was_there = r->error == 0;

	r->root.fd = -1;
	if (was_there && directory_identify_path(r->name, &now) == 0 &&
		directory_is_same(&before, &now))
		return false;
	resource_open_root(r);
	return !is_shortage(r->error);
}

/* Another thread may have told meanwhile that it hangs. */
static void
tell_change(struct prober *p, struct probed *at, struct resource *r)
{
	bool is_told =
		r->error == 0 ? at->known.error == 0 &&
					directory_is_same(&at->known.id, &r->id)
			      : at->known.error == r->error;

	if (is_told) {
		if (r->root.fd != -1)
			close(r->root.fd);
		return;
	}
	opened_send(p->channel, at->index, r, "");
	at->known = *r;
}

/* A root that answers is watched. */
static void
watch_tree(struct prober *p, struct probed *at, bool has_changed)
{
	if (at->known.error != 0 || (at->is_watched && !has_changed))
		return;
	tree_watch_add(p->trees, at->index, at->known.name, &at->known.id,
		at->is_watched);
	at->is_watched = true;
}

static void *
probe_roots(void *arg)
{
	struct prober *p = arg;
	struct probed *at;

	pthread_mutex_lock(&p->lock);
	while ((at = find_due(p)) != NULL) {
		struct resource r = at->known;
		bool has_changed;

		at->is_busy = true;
		at->round = p->round;
		at->since = clock_now_ms();
		pthread_mutex_unlock(&p->lock);
		has_changed = look_at(&r);
		pthread_mutex_lock(&p->lock);
		at->is_busy = false;
		if (has_changed)
			tell_change(p, at, &r);
		watch_tree(p, at, has_changed);
	}
	p->nthreads--;
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

/* ---- the main thread ----------------------------------------------------- */

static void
tell_hung(struct prober *p)
{
	int64_t limit = clock_now_ms() - OPENER_LIMIT * 1000;

	for (size_t i = 0; i < p->count; i++) {
		struct probed *at = &p->all[i];

		if (!at->is_busy || at->since > limit ||
			at->known.error == ETIMEDOUT)
			continue;
		at->known.error = ETIMEDOUT;
		opened_send(p->channel, at->index, &at->known, "");
	}
}

static void
start_thread(struct prober *p)
{
	if (p->nthreads < THREADS_MAX &&
		detached_thread_start(STACK, probe_roots, p) == 0)
		p->nthreads++;
}

static void
begin_round(struct prober *p)
{
	int n = find_due(p) == NULL ? 1 : THREADS_MORE;

	p->round++;
	p->next = 0;
	if (find_due(p) == NULL)
		return;
	while (n-- > 0)
		start_thread(p);
}

/* What the master knows as an errno; another one is told again, no more. */
static int
state_error(enum resource_state state)
{
	static const int errors[RESOURCE_STATES] = {
		[RESOURCE_MOVED] = ENOENT,
		[RESOURCE_DELETED] = ENOENT,
		[RESOURCE_UNUSABLE] = EACCES,
		[RESOURCE_HUNG] = ETIMEDOUT,
	};

	return errors[state];
}

static void
list_roots(struct prober *p, const struct resources *all)
{
	p->all = calloc(all->count + 1, sizeof(*p->all));
	if (p->all == NULL)
		_exit(1);
	for (size_t i = 0; i < all->count; i++) {
		struct probed *at = &p->all[p->count];

		if (all->all[i].kind != RESOURCE_ROOT)
			continue;
		at->known = all->all[i];
		at->known.error = state_error(all->all[i].state);
		if (at->known.root.fd == -1 && at->known.error == 0)
			at->known.error = EINPROGRESS;
		at->known.root.fd = -1;
		at->index = i;
		p->count++;
	}
}

static void
tell_limit(void *arg, size_t index)
{
	struct prober *p = arg;
	struct resource r = { .error = ROOT_PROBER_TOO_MANY, .root.fd = -1 };

	pthread_mutex_lock(&p->lock);
	opened_send(p->channel, index, &r, "");
	pthread_mutex_unlock(&p->lock);
}

/* The master sends nothing: what can be read is the end of the channel.  A
 * process that may not become the workers' user looks as the one that it is. */
void
root_prober_run(
	const struct resources *all, struct change_counts *changes, int channel)
{
	struct prober p = { .channel = channel };
	struct pollfd end = { .fd = channel, .events = POLLIN };
	int keep[] = { channel }, wait = 0;

	child_forget_master(keep, 1);
	user_become(all->conf);
	pthread_mutex_init(&p.lock, NULL);
	list_roots(&p, all);
	p.trees = tree_watch_start(changes, tell_limit, &p);
	/* The roots are watched from the first round on. */
	for (; poll(&end, 1, wait) == 0; wait = INTERVAL) {
		pthread_mutex_lock(&p.lock);
		tell_hung(&p);
		begin_round(&p);
		pthread_mutex_unlock(&p.lock);
	}
	_exit(0);
}
