/*
 * The limit of open files is the limit of connections.
 * SPDX-License-Identifier: MIT
 */
#include "capacity.h"

#include <stdint.h>
#include <sys/resource.h>

#include "common/conf.h"
#include "worker.h"

enum {
	SPARE_FDS = 64, /* for what is not a connection */
	FEWEST_CONNECTIONS = 16,
	MOST_CONNECTIONS = 1 << 20,
};

size_t
capacity_connections(struct worker *w)
{
	int64_t asked = w->conf->limits.connections;
	struct rlimit limit;
	int64_t most = MOST_CONNECTIONS;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 &&
		(int64_t)limit.rlim_cur < most)
		most = (int64_t)limit.rlim_cur - SPARE_FDS;
	if (most < FEWEST_CONNECTIONS)
		return 0;
	if (asked > most)
		log_warnx(&w->log,
			"limits.connections: %lld asked, but %lld fit the "
			"limit of open files; raise it (ulimit -n, "
			"LimitNOFILE)",
			(long long)asked, (long long)most);
	return (size_t)(asked > 0 && asked < most ? asked : most);
}
