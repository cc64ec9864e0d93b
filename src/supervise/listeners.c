/*
 * The set of listening addresses, with the number of generations that use each.
 * SPDX-License-Identifier: MIT
 */
#include "supervise/listeners.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "common/clock.h"
#include "supervise/socket_holder.h"

static struct listener *
find_listener(const struct listeners *set, const struct conf_listen *from)
{
	struct listener *l;

	for (l = set->first; l != NULL; l = l->next)
		if (listener_is_at(l, from))
			break;
	return l;
}

/* Returns the number of sockets that an address needs. */
static size_t
count_sockets(const struct conf_listen *from, size_t nworkers)
{
	return from->accept == CONF_ACCEPT_SHARED ? 1 : nworkers;
}

/*
 * Returns true while the address may become free by itself: a process that a
 * killed master left has it, or had it a moment ago, as one that exits has
 * closed its files before its sockets end.  *nmisses: how often in a row no
 * process was found that has it.  Attempts are counted instead of time, since
 * a single one may take long on a busy machine: the address was in use before
 * it, and the process is no longer found after it.
 */
static bool
is_left_over(const struct sockaddr_storage *at, unsigned *nmisses)
{
	enum { MISSES_MAX = 10 };
	struct socket_holder holder;

	if (socket_holder_find(at, &holder) == SOCKET_HOLDER_FOUND) {
		*nmisses = 0;
		return holder.is_left_over;
	}
	return ++*nmisses <= MISSES_MAX;
}

/*
 * The workers of a master that was killed end as soon as they notice, which one
 * that is busy does a little later: a server that is to start waits for that,
 * but not while another generation serves.
 */
static struct listener *
open_listener(const struct listeners *set, const struct conf_listen *from,
	size_t nsockets, struct error_text *why)
{
	enum { PATIENCE_MS = 5000, PAUSE_MS = 50 };
	const struct timespec pause = { .tv_nsec = PAUSE_MS * 1000000L };
	int64_t until = clock_now_ms() + PATIENCE_MS;
	unsigned nmisses = 0;
	struct listener *l;

	while ((l = listener_open(from, nsockets, why)) == NULL) {
		if (set->is_in_use || why->error != EADDRINUSE ||
			(clock_now_ms() > until && nmisses == 0) ||
			!is_left_over(&from->address, &nmisses))
			break;
		nanosleep(&pause, NULL);
	}
	return l;
}

static void
close_in_set(struct listeners *set, struct listener *l)
{
	struct listener **at = &set->first;

	while (*at != l)
		at = &(*at)->next;
	*at = l->next;
	listener_close(l);
}

/* Adds a listener for an address that the set does not have, without a user.
 * Returns NULL with the error text. */
static struct listener *
add_listener(struct listeners *set, const struct conf_listen *from,
	size_t nsockets, struct error_text *why)
{
	struct listener *l;

	if (inherited_adopt(set->inherited, from, &l, why) == -1)
		return NULL;
	if (l == NULL)
		l = open_listener(set, from, nsockets, why);
	if (l == NULL)
		return NULL;
	l->next = set->first;
	set->first = l;
	return l;
}

static struct listener *
find_or_add(struct listeners *set, const struct conf_listen *from,
	size_t nworkers, struct error_text *why)
{
	size_t nsockets = count_sockets(from, nworkers);
	struct listener *l = find_listener(set, from);

	if (l == NULL)
		l = add_listener(set, from, nsockets, why);
	if (l == NULL || listener_grow(l, nsockets, why) == 0)
		return l;
	if (l->users == 0)
		close_in_set(set, l);
	return NULL;
}

struct listener **
listeners_acquire(struct listeners *set, const struct conf *conf,
	size_t nworkers, struct error_text *why)
{
	struct listener **all = calloc(conf->nlisten + 1, sizeof(*all));

	if (all == NULL) {
		error_text_no_memory(why, "the listening addresses");
		return NULL;
	}
	for (size_t i = 0; i < conf->nlisten; i++) {
		all[i] = find_or_add(set, &conf->listen[i], nworkers, why);
		if (all[i] == NULL) {
			listeners_release(set, all, i);
			return NULL;
		}
		all[i]->users++;
	}
	return all;
}

void
listeners_release(struct listeners *set, struct listener **all, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (--all[i]->users == 0)
			close_in_set(set, all[i]);
	free(all);
}

void
listeners_close_sockets(struct listeners *set)
{
	for (struct listener *l = set->first; l != NULL; l = l->next)
		listener_close_sockets(l);
}

void
listeners_own_names(struct listeners *set, bool are_ours)
{
	for (struct listener *l = set->first; l != NULL; l = l->next)
		listener_own_name(l, are_ours);
}
