/*
 * The child's side of the fork: forget the master, become a worker.
 * SPDX-License-Identifier: MIT
 */
#ifndef CHILD_H
#define CHILD_H

#include <signal.h>

#include "common/heritage.h"
#include "common/proctitle.h"

/* Blocks all signals; *old is what child_unblock() restores. */
void child_block_signals(sigset_t *old);
void child_unblock_signals(const sigset_t *old);

/* In the child: signals as above, and every descriptor above stderr closed but
 * these n; -1 is none.  Sorts keep. */
void child_forget_master(int *keep, size_t n);

/*
 * Called right after fork(2) with all signals blocked; does not return.
 * Workers answer to their master alone: what a terminal or a service manager
 * sends to the whole group is ignored here, the rest is at its default.
 */
_Noreturn void child_run(const struct heritage *, struct proctitle *,
	int (*worker)(const struct heritage *));

#endif
