/*
 * The time that a response may take, where it is not timeouts.handler:
 * .time_most of the row, and prong_set_time().
 * SPDX-License-Identifier: MIT
 */
#ifndef CONTEXT_TIME_H
#define CONTEXT_TIME_H

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>

struct context;

struct context_time {
	ev_timer timer;
	struct context *ctx;
	int64_t most; /* milliseconds, or -1 */
	double since; /* of the loop's clock */
};

/* Sets the time from now on, in milliseconds above 0, or -1 for any time. */
void context_time_set(struct context *, int64_t milliseconds);

/* Called when the context is deferred: from here on the loop keeps the time. */
void context_time_start(struct context *);

/* True when the context has a time of its own. */
bool context_time_is_own(const struct context *);

/* Frees the time of a context that ends. */
void context_time_free(struct context *);

#endif
