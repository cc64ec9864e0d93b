/*
 * The change of user, and what a worker may do afterwards.
 * SPDX-License-Identifier: MIT
 */
#include "privileges.h"

#include <sys/prctl.h>
#include <unistd.h>

#include "common/conf.h"
#include "common/user.h"

int
privileges_drop(const struct conf *conf)
{
	/* Nothing that a worker executes may become more than it is. */
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (user_become(conf) == -1)
		return -1;
	/* A crash may leave a core: the change of user forbade it. */
	prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	return 0;
}
