/*
 * The variables of the access log's own formats: "$client $status".
 * SPDX-License-Identifier: MIT
 */
#ifndef LOG_VARIABLE_H
#define LOG_VARIABLE_H

#include "common/span.h"

enum log_variable {
	LOG_VARIABLE_TIME,       /* 2026-11-23T04:01:00.123Z */
	LOG_VARIABLE_TIME_LOCAL, /* 23/Nov/2026:04:01:00 +0000 */
	LOG_VARIABLE_CLIENT,
	LOG_VARIABLE_PEER,
	LOG_VARIABLE_REQUEST, /* the request line */
	LOG_VARIABLE_METHOD,
	LOG_VARIABLE_TARGET,
	LOG_VARIABLE_PROTOCOL,
	LOG_VARIABLE_SCHEME,
	LOG_VARIABLE_HOST,
	LOG_VARIABLE_REFERER,
	LOG_VARIABLE_USER_AGENT,
	LOG_VARIABLE_REQUEST_ID,
	LOG_VARIABLE_TRACE_ID,
	LOG_VARIABLE_SITE,
	LOG_VARIABLE_ROUTE,
	LOG_VARIABLE_WORKER,
	LOG_VARIABLE_GENERATION,
	LOG_VARIABLE_TLS_VERSION,
	LOG_VARIABLE_TLS_NAME,
	LOG_VARIABLE_TLS_CLIENT,
	LOG_VARIABLE_STATUS,
	/* Those below are known when the response was sent. */
	LOG_VARIABLE_BYTES,
	LOG_VARIABLE_BYTES_IN,
	LOG_VARIABLE_DURATION,    /* seconds: 0.012 */
	LOG_VARIABLE_DURATION_US, /* microseconds */
	LOG_VARIABLE_TTFB,
	LOG_VARIABLE_TTFB_US,
	LOG_VARIABLE_COMPLETE,
	LOG_VARIABLE_END,
	LOG_VARIABLES, /* how many; where a piece has no variable */
	LOG_VARIABLE_FIRST_LATE = LOG_VARIABLE_BYTES,
};

/* "client" */
const char *log_variable_name(enum log_variable);

/* Returns LOG_VARIABLES for an unknown name. */
enum log_variable log_variable_find(struct span name);

#endif
