/*
 * The user of the master and its resource limits.
 * SPDX-License-Identifier: MIT
 */
#include "privileges.h"

#include <sys/resource.h>
#include <unistd.h>

void
privileges_log(const struct conf *conf, struct log *log)
{
	uid_t us = geteuid();

	if (us == 0 && conf->user.uid == 0)
		log_warnx(log, "workers run as root; set \"user\"");
	else if (us == 0 && conf->user.is_default)
		log_notice(log, "workers run as %s; set \"user\" for another",
			conf->user.name);
	else if (us != 0 && conf->user.name != NULL && conf->user.uid != us)
		log_warnx(log,
			"user \"%s\" is ignored: only root can run workers as "
			"another user; they run as user %lu",
			conf->user.name, (unsigned long)us);
}

void
privileges_raise_limits(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}
