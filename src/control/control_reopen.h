/*
 * The answer to "reopen": it comes when every worker has the new logs, so that
 * the old ones can be compressed.
 * SPDX-License-Identifier: MIT
 */
#ifndef CONTROL_REOPEN_H
#define CONTROL_REOPEN_H

#include <ev.h>
#include <stdint.h>

struct control_client;
struct control_env;

struct control_reopen {
	ev_timer timer; /* while clients wait */
	int64_t until_ms;
	const struct control_env *env;
};

void control_reopen_init(struct control_reopen *);

/* The logs were sent to the workers: answers the client when all have taken
 * them, or after three seconds with the names of those that have not. */
void control_reopen_wait(const struct control_env *, struct control_client *);

#endif
