/*
 * "sandbox": "log": every call that the sandbox would deny is noted, and let
 * through.
 * SPDX-License-Identifier: MIT
 */
#ifndef SANDBOX_LEARN_H
#define SANDBOX_LEARN_H

#include <stddef.h>

struct sandbox_needs;
struct worker;

/*
 * Starts a thread that the kernel asks about the calls of the others that are
 * started later, and of their children (SECCOMP_RET_USER_NOTIF).  0, or -1 with
 * the reason.
 */
int sandbox_learn(struct worker *, const struct sandbox_needs *, char *reason,
	size_t size);

#endif
