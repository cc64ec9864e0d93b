/*
 * The user of the master and its resource limits.
 * SPDX-License-Identifier: MIT
 */
#include "privileges.h"

#include <sys/resource.h>
#include <unistd.h>

int
privileges_check(const struct conf *conf, struct error_text *why)
{
	uid_t us = geteuid();

	if (conf->user.name == NULL || us == 0 || conf->user.uid == us)
		return 0;
	return error_text_set(why,
		"user \"%s\": only root can run workers as another user; start "
		"prong as root or remove \"user\"",
		conf->user.name);
}

void
privileges_warn(const struct conf *conf, struct log *log)
{
	if (geteuid() == 0 && (conf->user.name == NULL || conf->user.uid == 0))
		log_warnx(log, "workers run as root; set \"user\"");
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
