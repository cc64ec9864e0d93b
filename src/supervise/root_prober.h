/*
 * The process of root_watch.c: looks at each document root twice a second and
 * tells the master when it leads to another directory, is missing, hangs, or is
 * back.
 * SPDX-License-Identifier: MIT
 */
#ifndef ROOT_PROBER_H
#define ROOT_PROBER_H

#include <errno.h>

#include "supervise/resources.h"

struct change_counts;

/* Called right after fork(2).  Ends when the other end of the channel is
 * closed. */
_Noreturn void root_prober_run(
	const struct resources *, struct change_counts *, int channel);

/* The error of a root with more directories than can be watched. */
enum { ROOT_PROBER_TOO_MANY = EDQUOT };

#endif
