/*
 * Workers that start together and share the load would all be old at the same
 * time; so each gets up to a quarter less than the limit, by chance.
 * SPDX-License-Identifier: MIT
 */
#include "recycle.h"

#include <sys/random.h>

#include "common/channel.h"
#include "common/conf.h"
#include "common/heritage.h"
#include "worker.h"

void
recycle_init(struct worker *w)
{
	uint64_t most = (uint64_t)w->conf->limits.requests_per_worker;
	uint32_t chance = 0;

	w->recycle_at = UINT64_MAX;
	if (most == 0)
		return;
	if (getrandom(&chance, sizeof(chance), GRND_NONBLOCK) == -1)
		chance = (uint32_t)w->now_ms * 2654435761u;
	w->recycle_at = most - most / 4 * (chance >> 16) / 65536;
}

void
recycle_ask(struct worker *w)
{
	struct channel_message m = { .verb = CHANNEL_RECYCLE };

	/* Before it serves the master does not listen, and after it there is
	 * nothing to ask for. */
	if (w->state < WORKER_SERVING)
		return;
	if (w->state == WORKER_SERVING &&
		channel_send(w->heritage->channel, &m) == -1)
		return; /* the next turn tries again */
	w->recycle_at = UINT64_MAX;
}
