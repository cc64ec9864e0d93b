/*
 * The end of a reopening of the logs: the moment from which no worker writes to
 * the old ones any more, so that they can be compressed.
 * SPDX-License-Identifier: MIT
 */
#ifndef LOG_REOPEN_H
#define LOG_REOPEN_H

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>

struct generation_list;

struct log_reopen {
	ev_timer timer; /* while workers are waited for */
	struct ev_loop *loop;
	const struct generation_list *generations;
	int64_t until_ms;
	void (*on_end)(void *arg, const char *late);
	void *arg;
};

/* late: NULL when all workers have the new logs, or the names of those that
 * have not, after three seconds: "worker 1 (pid 70), worker 2 (pid 71)". */
void log_reopen_init(struct log_reopen *, struct ev_loop *,
	const struct generation_list *,
	void (*on_end)(void *arg, const char *late), void *arg);

/* The logs were sent to the workers: on_end is called once, also when this is
 * called again before the end. */
void log_reopen_wait(struct log_reopen *);

/* Returns true from log_reopen_wait() until on_end. */
bool log_reopen_is_waiting(const struct log_reopen *);

void log_reopen_stop(struct log_reopen *);

#endif
