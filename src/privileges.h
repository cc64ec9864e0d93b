/*
 * What the master may do: the user it runs as, and the limits it has.
 * SPDX-License-Identifier: MIT
 */
#ifndef PRIVILEGES_H
#define PRIVILEGES_H

#include "common/conf.h"
#include "common/log.h"
#include "reason.h"

/* Can the workers become the configured user?  0, or -1 with the reason. */
int privileges_check(const struct conf *, struct reason *);

/* Says what works but should not stay so: workers that run as root. */
void privileges_warn(const struct conf *, struct log *);

/* RLIMIT_NOFILE up to the hard limit: every connection is a descriptor. */
void privileges_raise_limits(void);

#endif
