/*
 * The requests that a worker died of, or with.
 * SPDX-License-Identifier: MIT
 */
#ifndef CRASH_REPORT_H
#define CRASH_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "common/error_text.h"
#include "common/slot.h"

struct generation;
struct proc;

/*
 * "GET /x HTTP/1.1 (route /x of a.example, request id 7)"; the brackets have
 * what is known.  generation: whose worker it was.  False: no request.
 */
bool crash_report_describe(const struct slot_request *,
	const struct generation *, struct error_text *out);

/* The module, as the configuration names it, that the worker was loading, or
 * whose start was called; NULL: none. */
const char *crash_report_module(uint32_t loading, const struct generation *);

/* ", while module \"x\" was loaded and started" of a worker that starts, or "".
 * Returns the text. */
const char *suspect_describe_start(const struct proc *, struct error_text *);

/* How a process ended, status as of wait(2): its own words, or "signal 11 while
 * serving GET /x". */
void suspect_describe_exit(
	const struct proc *, int status, struct error_text *how);

/* A line for each of those that waited: for a body, a handler or a client. */
void crash_report_log_inflight(const struct proc *);

#endif
