/*
 * The process of root_watch.c: looks at each document root twice a second and
 * tells the master when it leads to another directory, is missing, hangs, or is
 * back.
 * SPDX-License-Identifier: MIT
 */
#ifndef ROOT_PROBER_H
#define ROOT_PROBER_H

#include "supervise/resources.h"

/* Called right after fork(2).  Ends when the other end of the channel is
 * closed. */
_Noreturn void root_prober_run(const struct resources *, int channel);

#endif
