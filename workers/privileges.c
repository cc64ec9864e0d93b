/*
 * Groups go first: without root they could not.
 * SPDX-License-Identifier: MIT
 */
#include "privileges.h"

#include <errno.h>
#include <grp.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "common/conf.h"

int
privileges_drop(const struct conf *conf)
{
	/* Nothing that a worker executes may become more than it is. */
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (conf->user.uid == (uid_t)-1 || conf->user.uid == geteuid())
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
	/* A crash may leave a core: the change of user forbade it. */
	prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	return 0;
}
