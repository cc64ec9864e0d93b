/*
 * What RLIMIT_NOFILE leaves for connections.
 * SPDX-License-Identifier: MIT
 */
#include "capacity.h"

#include <stdint.h>
#include <sys/resource.h>

enum {
	SPARE_FDS = 64, /* for what is not a connection */
	FEWEST_CONNECTIONS = 16,
	MOST_CONNECTIONS = 1 << 20,
};

size_t
capacity_connections(const struct conf *conf, struct log *log)
{
	int64_t asked = conf->limits.connections;
	struct rlimit limit;
	int64_t most = MOST_CONNECTIONS;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 &&
		(int64_t)limit.rlim_cur < most)
		most = (int64_t)limit.rlim_cur - SPARE_FDS;
	if (most < FEWEST_CONNECTIONS)
		return 0;
	if (asked > most)
		log_warnx(log,
			"limits.connections: %lld asked, but %lld fit the "
			"limit of open files; raise it (ulimit -n, "
			"LimitNOFILE)",
			(long long)asked, (long long)most);
	return (size_t)(asked > 0 && asked < most ? asked : most);
}
