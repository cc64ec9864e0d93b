/*
 * One row per kind of timeout; values in milliseconds.
 * SPDX-License-Identifier: MIT
 */
#include "api/keepalive.h"

#include "api/sse.h"
#include "api/ws.h"
#include "conn/worker_state.h"

static const struct {
	int64_t timeout;
	void (*on_due)(struct deadline *);
} rows[] = {
	[KEEPALIVE_COMMENT] = { 15000, sse_on_comment_due },
	[KEEPALIVE_PING] = { 30000, ws_on_ping_due },
	[KEEPALIVE_PONG] = { 20000, ws_on_pong_due },
	[KEEPALIVE_CLOSE] = { 5000, ws_on_close_due },
};

void
keepalive_init(struct keepalive *p, struct worker *w)
{
	for (int i = 0; i < KEEPALIVE_WAITS; i++)
		deadline_class_init(&p->waits[i], w->loop, &w->now_ms,
			rows[i].timeout, rows[i].on_due);
}

void
keepalive_fini(struct keepalive *p)
{
	for (int i = 0; i < KEEPALIVE_WAITS; i++)
		deadline_class_fini(&p->waits[i]);
}
