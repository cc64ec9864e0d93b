/*
 * The privileges of the master: its user and its resource limits.
 * SPDX-License-Identifier: MIT
 */
#ifndef PRIVILEGES_H
#define PRIVILEGES_H

#include "common/conf.h"
#include "common/error_text.h"
#include "common/log.h"

/*
 * Checks that the workers can change to the configured user.  Returns 0, or -1
 * with the error text.
 */
int privileges_check(const struct conf *, struct error_text *);

/* Logs a warning if the workers run as root. */
void privileges_warn(const struct conf *, struct log *);

/*
 * Raises RLIMIT_NOFILE to the hard limit, since every connection needs a
 * descriptor.
 */
void privileges_raise_limits(void);

#endif
