/*
 * Probation: the time after a reload in which crashes of the new workers roll
 * it back.  The previous configuration is kept until it ends.
 * SPDX-License-Identifier: MIT
 */
#ifndef PROBATION_H
#define PROBATION_H

#include <ev.h>
#include <stdbool.h>

#include "common/conf.h"
#include "supervise/resources.h"

enum { PROBATION_CRASHES = 2 /* crashes that do not roll back */ };

struct probation {
	struct ev_loop *loop;
	ev_timer timer;
	int64_t end; /* clock_now_ms() */
	/* the configuration to roll back to; NULL: no probation */
	struct conf *conf;
	struct resources *resources; /* of conf; may be NULL */
	unsigned workers;            /* number of workers of conf */
	unsigned crashes;
};

void probation_init(struct probation *, struct ev_loop *);

/*
 * Starts a probation of duration milliseconds.  conf and its resources,
 * which get another reference, and workers are what served before.  If that was
 * on probation itself and has crashed, the configuration before it is kept as
 * the one to roll back to.
 */
void probation_start(struct probation *, struct conf *, struct resources *,
	unsigned workers, int64_t duration);

/* Ends the probation and releases the kept configuration. */
void probation_stop(struct probation *);

bool probation_is_on(const struct probation *);

/* Returns the milliseconds that are left; 0 if there is no probation. */
int64_t probation_left(const struct probation *);

/* Counts a crash of a worker.  Returns true if it exceeds PROBATION_CRASHES. */
bool probation_fails(struct probation *);

#endif
