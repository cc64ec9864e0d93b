/*
 * One row per kind of timeout; values in milliseconds.
 * SPDX-License-Identifier: MIT
 */
#include "api/pulse.h"

#include "api/sse.h"
#include "api/ws.h"
#include "worker.h"

static const struct {
	int64_t timeout;
	void (*on_due)(struct deadline *);
} rows[] = {
	[PULSE_COMMENT] = { 15000, sse_on_comment_due },
	[PULSE_PING] = { 30000, ws_on_ping_due },
	[PULSE_PONG] = { 20000, ws_on_pong_due },
	[PULSE_CLOSE] = { 5000, ws_on_close_due },
};

void
pulse_init(struct pulse *p, struct worker *w)
{
	for (int i = 0; i < PULSE_WAITS; i++)
		deadline_class_init(&p->waits[i], w->loop, &w->now_ms,
			rows[i].timeout, rows[i].on_due);
}

void
pulse_fini(struct pulse *p)
{
	for (int i = 0; i < PULSE_WAITS; i++)
		deadline_class_fini(&p->waits[i]);
}
