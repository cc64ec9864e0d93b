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
	if (conf->uid == (uid_t)-1 || conf->uid == geteuid())
		return 0;
	if (initgroups(conf->user, conf->gid) == -1 ||
		setresgid(conf->gid, conf->gid, conf->gid) == -1 ||
		setresuid(conf->uid, conf->uid, conf->uid) == -1)
		return -1;
	if (setuid(0) == 0) {
		errno = EPERM;
		return -1;
	}
	/* A crash may leave a core: the change of user forbade it. */
	prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	return 0;
}
