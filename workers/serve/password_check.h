/*
 * Passwords of requests, verified off the loop: the exchange is suspended while
 * the work pool computes the hash, once for all that sent the same credentials.
 * SPDX-License-Identifier: MIT
 */
#ifndef PASSWORD_CHECK_H
#define PASSWORD_CHECK_H

#include <stdbool.h>

#include "common/log.h"

struct exchange;
struct password_job;

/* Of a worker; all zero at first. */
struct password_checks {
	struct password_job *jobs; /* that wait or run */
	unsigned njobs;
	struct log_limit refused;
};

enum password_verdict {
	PASSWORD_WRONG, /* or none was sent */
	PASSWORD_RIGHT,
	PASSWORD_WAITS, /* continue_with() is called later */
	PASSWORD_BUSY,  /* too many wait */
};

/*
 * Checks the request's Authorization field for its route, which has a file of
 * users.  After PASSWORD_WAITS the exchange is held; continue_with() answers
 * it, or has it held again.
 */
enum password_verdict password_check(struct exchange *,
	void (*continue_with)(struct exchange *, enum password_verdict));

#endif
