/*
 * What the workers have counted goes with an upgrade: the old master tells the
 * new one what was added since it told it last, once a second and at its end.
 * So no counter goes back, and all of them are exact when the old master has
 * ended.
 * SPDX-License-Identifier: MIT
 */
#ifndef UPGRADE_TOTALS_H
#define UPGRADE_TOTALS_H

#include "common/channel.h"
#include "common/scoreboard_view.h"

struct scoreboard;

/* What the new master was told. */
struct upgrade_totals {
	struct totals totals;
	struct site_counters *sites; /* by their numbers in the scoreboard */
	uint32_t nsites;
	struct module_metrics_sum *metrics; /* NULL: none yet */
};

/*
 * Calls send with each message that tells what was added.  send returns 0, or
 * -1: then the rest is told the next time.
 */
void upgrade_totals_tell(struct upgrade_totals *, const struct scoreboard *,
	int (*send)(void *arg, struct channel_message *), void *arg);
void upgrade_totals_fini(struct upgrade_totals *);

/* Adds what a message tells to the scoreboard of the new master. */
void upgrade_totals_take(struct scoreboard *, const struct channel_message *);

#endif
