/*
 * The child's side of fork(2): it drops what belongs to the master and becomes
 * a worker.
 * SPDX-License-Identifier: MIT
 */
#ifndef CHILD_H
#define CHILD_H

#include <signal.h>

#include "common/heritage.h"
#include "common/proctitle.h"

struct scoreboard;

/* Blocks all signals and stores the old mask, for child_unblock_signals(). */
void child_block_signals(sigset_t *old);
void child_unblock_signals(const sigset_t *old);

/* In the child: resets the signals, and closes every descriptor above stderr
 * except the n in keep, which it sorts; -1 is ignored. */
void child_forget_master(int *keep, size_t n);

/*
 * Called right after fork(2) with all signals blocked; does not return.  The
 * worker ignores signals that a terminal or a service manager sends to the
 * whole process group, since it obeys its master only; all other signals have
 * their default action.
 */
_Noreturn void child_run(const struct heritage *, const struct scoreboard *,
	struct proctitle *, int (*worker)(const struct heritage *));

#endif
