/*
 * Groups go first: without root they could not.
 * SPDX-License-Identifier: MIT
 */
#include "common/user.h"

#include <errno.h>
#include <grp.h>
#include <unistd.h>

#include "common/conf.h"

int
user_become(const struct conf *conf)
{
	if (conf->user.uid == (uid_t)-1 || conf->user.uid == geteuid())
		return 0;
	/* The user of a container, say, whose configuration is also root's. */
	if (geteuid() != 0)
		return 0;
	if (initgroups(conf->user.name, conf->user.gid) == -1 ||
		setresgid(conf->user.gid, conf->user.gid, conf->user.gid) ==
			-1 ||
		setresuid(conf->user.uid, conf->user.uid, conf->user.uid) == -1)
		return -1;
	if (setuid(0) == 0) {
		errno = EPERM;
		return -1;
	}
	return 0;
}
