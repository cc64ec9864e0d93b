/*
 * The time after a reload in which crashes of the new workers speak against
 * it; the configuration before it is kept until it is over.
 * SPDX-License-Identifier: MIT
 */
#ifndef PROBATION_H
#define PROBATION_H

#include <ev.h>
#include <stdbool.h>

#include "common/conf.h"

enum { PROBATION_CRASHES = 2 /* that are forgiven */ };

struct probation {
	struct ev_loop *loop;
	ev_timer timer;
	int64_t end;       /* clock_now_ms() */
	struct conf *conf; /* what to go back to; NULL: no probation */
	unsigned workers;  /* its number of workers */
	unsigned crashes;
};

void probation_init(struct probation *, struct ev_loop *);

/*
 * It begins, for so many milliseconds: conf, one owner more, served before
 * with so many workers.  When the one before it was on probation itself and
 * has crashed, there is no point in going back to that: what was before stays.
 */
void probation_start(
	struct probation *, struct conf *, unsigned workers, int64_t duration);
void probation_stop(struct probation *);

bool probation_is_on(const struct probation *);

/* Milliseconds that are left; 0: none. */
int64_t probation_left(const struct probation *);

/* A crash: true when it is one too many. */
bool probation_fails(struct probation *);

#endif
