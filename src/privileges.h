/*
 * The privileges of the master: its user and its resource limits.
 * SPDX-License-Identifier: MIT
 */
#ifndef PRIVILEGES_H
#define PRIVILEGES_H

#include "common/conf.h"
#include "common/log.h"

/* Logs which user the workers run as where the configuration does not tell. */
void privileges_log(const struct conf *, struct log *);

/*
 * Raises RLIMIT_NOFILE to the hard limit, since every connection needs a
 * descriptor.
 */
void privileges_raise_limits(void);

#endif
