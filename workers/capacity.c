/*
 * RLIMIT_NOFILE is divided: what is open for good, the file cache, and the
 * rest for connections.
 * SPDX-License-Identifier: MIT
 */
#include "config.h"

#include "capacity.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "common/heritage.h"
#include "worker.h"

enum {
	SPARE_FDS = 64,  /* for what is not counted: logs, rings, modules */
	FILES_SHARE = 4, /* the cache gets up to a quarter */
	FEWEST_CONNECTIONS = 16,
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

/* Of so many free ones.  Connections that the configuration asks for go before
 * the cache, but for the least that it needs. */
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

/* A listening socket that is shared has an epoll descriptor, too. */
static size_t
count_open(const struct worker *w)
{
	return 2 * w->heritage->nlisteners + w->heritage->nopened +
	       w->sites.roots.count;
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
	file_cache_bound_descriptors(&w->files, c.files);
	if (conn_table_init(&w->conns, c.connections) == 0)
		return 0;
	snprintf(why, size, "no memory for connections: %s", strerror(errno));
	return -1;
}
