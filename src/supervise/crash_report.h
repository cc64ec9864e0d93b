/*
 * Describes what a worker was doing when it died: its current request, its
 * other requests in flight, the module that it was loading.
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
 * Writes "GET /x HTTP/1.1 (route /x of a.example, request id 7)", with only
 * what is known in the brackets; generation is that of the worker.  Returns
 * false if there is no request.
 */
bool crash_report_describe(const struct slot_request *,
	const struct generation *, struct error_text *out);

/* Returns the module, as named in the configuration, that the worker was
 * loading or starting; NULL if there is none. */
const char *crash_report_module(uint32_t loading, const struct generation *);

/*
 * Stores what a module's function was called for, "in a timer of module
 * "cron"", or "during a job of ..." while one runs in a thread; false when
 * there is none.
 */
bool crash_report_call(
	const struct slot *, const struct generation *, struct error_text *);

/* Writes ", while module \"x\" was loaded and started" if that is what the
 * worker does, else "".  Returns the text. */
const char *crash_report_start(const struct proc *, struct error_text *);

/* Describes the end of a process, with its status of wait(2): the text of
 * its FAILED message, or "signal 11 while serving GET /x". */
void crash_report_exit(const struct proc *, int status, struct error_text *how);

/* The kind of the end, for what is counted. */
enum slot_crash crash_report_kind(const struct proc *, int status);

/* Logs a line for each request in flight, which gets no response. */
void crash_report_log_inflight(const struct proc *);

#endif
