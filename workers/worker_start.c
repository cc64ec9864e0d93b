/*
 * Sets the limits of a worker: its requests, connections and privileges.
 * SPDX-License-Identifier: MIT
 */
#include "worker_start.h"

#include <errno.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "capabilities.h"
#include "common/channel.h"
#include "common/conf.h"
#include "common/heritage.h"
#include "common/random.h"
#include "common/sanitized.h"
#include "common/standard_fds.h"
#include "common/user.h"
#include "serve/serve_state.h"
#include "worker.h"

/* ---- recycling ----------------------------------------------------------- */

/* Workers that start together would all reach the limit at the same time, so
 * each gets a random limit of up to a quarter less. */
void
worker_recycle_init(struct worker *w)
{
	uint64_t most = (uint64_t)w->conf->limits.requests_per_worker;

	w->recycle_at = UINT64_MAX;
	if (most == 0)
		return;
	w->recycle_at = most - most / 4 * (random_seed() >> 48) / 65536;
}

void
worker_recycle_ask(struct worker *w)
{
	struct channel_message m = { .kind = CHANNEL_RECYCLE };

	/* The master takes this message from serving workers only. */
	if (w->state < WORKER_SERVING)
		return;
	if (w->state == WORKER_SERVING &&
		channel_send(w->heritage->channel, &m) == -1)
		return; /* the next turn tries again */
	w->recycle_at = UINT64_MAX;
}

/* ---- memory -------------------------------------------------------------- */

/* When a large block is freed, glibc raises its thresholds, up to 32 MiB, and
 * the memory of a burst of uploads would stay in the heap.  It does not raise
 * thresholds that were set. */
void
worker_return_memory(void)
{
#ifdef M_MMAP_THRESHOLD
	enum { THRESHOLD = 128 * 1024 }; /* bytes; glibc's first value */

	mallopt(M_MMAP_THRESHOLD, THRESHOLD);
	mallopt(M_TRIM_THRESHOLD, THRESHOLD);
#endif
}

/*
 * Parts of the heap that are free stay with the process while anything above
 * them is in use: malloc_trim(3) returns them. That takes half a millisecond
 * for each MB, so it is done only after a burst, and in a second in which the
 * worker has little to do.
 */
void
worker_trim_memory(struct worker *w)
{
	enum {
		BURST = 512 /* exchanges at a time */,
		QUIET = 20 /* requests */
	};
	struct exchange_pool *p = &w->exchanges;
	bool is_quiet = w->slot->requests - p->requests <= QUIET;

	p->requests = w->slot->requests;
	if (!is_quiet || p->most < BURST || p->nmade > p->most / 4)
		return;
	p->most = p->nmade;
#ifdef __GLIBC__
	malloc_trim(0);
#endif
}

/* ---- connections --------------------------------------------------------- */

enum {
	SPARE_FDS = 64,  /* for what is not counted: logs, rings, modules */
	FILES_SHARE = 4, /* the cache gets up to a quarter */
	FEWEST_CONNECTIONS = 16,
	ADMIN_RESERVE = 16, /* connections of the admin address */
	FEWEST_FILES = 16,
	MOST_CONNECTIONS = 1 << 20,
};

static int64_t
find_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1 ||
		limit.rlim_cur > (rlim_t)2 * MOST_CONNECTIONS)
		return 2 * MOST_CONNECTIONS;
	return (int64_t)limit.rlim_cur;
}

static int64_t
at_most(int64_t value, int64_t limit)
{
	return value < limit ? value : limit;
}

/* Returns the share of the file cache in the free descriptors.  Connections
 * that the configuration asks for have priority over it, except for its
 * minimum. */
static int64_t
share_of_files(int64_t free, int64_t asked, int64_t files)
{
	int64_t share = free / FILES_SHARE;

	if (asked > 0 && asked > free - share)
		share = free - asked;
	if (share < FEWEST_FILES)
		share = FEWEST_FILES;
	share = at_most(share, free - FEWEST_CONNECTIONS);
	return at_most(share, files);
}

struct capacity
capacity_divide(
	const struct conf *conf, size_t used, size_t files, struct log *log)
{
	int64_t asked = conf->limits.connections, limit = find_limit();
	int64_t free = limit - SPARE_FDS - (int64_t)used;
	int64_t share, most;

	if (free < FEWEST_CONNECTIONS)
		return (struct capacity){ .limit = (size_t)limit,
			.lacking = (size_t)(FEWEST_CONNECTIONS - free) };
	share = share_of_files(free, asked, (int64_t)files);
	most = at_most(free - share, MOST_CONNECTIONS);
	if (asked > most)
		log_warnx(log,
			"limits.connections: %lld asked, but %lld fit the "
			"limit of open files, %lld; raise it (ulimit -n, "
			"LimitNOFILE)",
			(long long)asked, (long long)most, (long long)limit);
	return (struct capacity){
		.connections =
			(size_t)(asked > 0 && asked < most ? asked : most),
		.files = (size_t)share,
		.limit = (size_t)limit,
	};
}

/* Connections reserved for the admin address, so that health checks are
 * answered when clients use all others. */
static size_t
count_reserve(const struct conf *conf)
{
	for (size_t i = 0; i < conf->nlisten; i++)
		if (conf->listen[i].is_admin)
			return ADMIN_RESERVE;
	return 0;
}

/* Counts open descriptors; a shared listening socket has an epoll descriptor,
 * too. */
static size_t
count_open(const struct worker *w)
{
	return 2 * w->heritage->nlisteners + w->heritage->nopened +
	       w->serve->sites.roots.count + count_reserve(w->conf);
}

int
capacity_open_table(struct worker *w, char *why, size_t size)
{
	struct capacity c = capacity_divide(w->conf, count_open(w),
		file_cache_descriptors(&w->files), &w->log);

	if (c.connections == 0) {
		snprintf(why, size,
			"the limit of open files, %zu, leaves no room for "
			"connections; raise it to %zu or more (ulimit -n, "
			"LimitNOFILE)",
			c.limit, c.limit + c.lacking);
		return -1;
	}
	w->most_open_files = c.limit;
	file_cache_bound_descriptors(&w->files, c.files);
	if (conn_table_init(&w->conns, c.connections, count_reserve(w->conf)) ==
		-1) {
		snprintf(why, size, "no memory for connections: %s",
			strerror(errno));
		return -1;
	}
	w->slot->gauges.connections_limit = c.connections;
	client_counts_init(
		&w->conns.clients, w->conf->limits.client_connections);
	return 0;
}

/* ---- privileges ---------------------------------------------------------- */

int
worker_drop_privileges(const struct conf *conf)
{
	/* Nothing that a worker executes may become more than it is. */
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (conf->sandbox == CONF_SANDBOX_OFF)
		return user_become(conf);
	capabilities_drop_bounding();
	if (user_become(conf) == -1)
		return -1;
	capabilities_drop();
	return 0;
}

/* A core dump may contain private keys and data of clients.  Nor may a process
 * of the same user, such as a compromised worker, trace this one or write its
 * memory.  LeakSanitizer traces its own process. */
void
worker_set_dumpable(const struct conf *conf)
{
	prctl(PR_SET_DUMPABLE, conf->cores || IS_SANITIZED ? 1 : 0, 0, 0, 0);
}

/* ---- output ------------------------------------------------------------- */

void
worker_discard_output(const struct heritage *h)
{
	if (!h->is_daemon)
		return;
	standard_fds_discard(STDOUT_FILENO);
	standard_fds_discard(STDERR_FILENO);
}
