/*
 * SPDX-License-Identifier: MIT
 */
#include "common/log_variable.h"

static const char *const names[] = {
	[LOG_VARIABLE_TIME] = "time",
	[LOG_VARIABLE_TIME_LOCAL] = "time_local",
	[LOG_VARIABLE_CLIENT] = "client",
	[LOG_VARIABLE_PEER] = "peer",
	[LOG_VARIABLE_REQUEST] = "request",
	[LOG_VARIABLE_METHOD] = "method",
	[LOG_VARIABLE_TARGET] = "target",
	[LOG_VARIABLE_PROTOCOL] = "protocol",
	[LOG_VARIABLE_SCHEME] = "scheme",
	[LOG_VARIABLE_HOST] = "host",
	[LOG_VARIABLE_REFERER] = "referer",
	[LOG_VARIABLE_USER_AGENT] = "user_agent",
	[LOG_VARIABLE_REQUEST_ID] = "request_id",
	[LOG_VARIABLE_TRACE_ID] = "trace_id",
	[LOG_VARIABLE_SITE] = "site",
	[LOG_VARIABLE_ROUTE] = "route",
	[LOG_VARIABLE_WORKER] = "worker",
	[LOG_VARIABLE_GENERATION] = "generation",
	[LOG_VARIABLE_TLS_VERSION] = "tls_version",
	[LOG_VARIABLE_TLS_NAME] = "tls_name",
	[LOG_VARIABLE_TLS_CLIENT] = "tls_client",
	[LOG_VARIABLE_STATUS] = "status",
	[LOG_VARIABLE_BYTES] = "bytes",
	[LOG_VARIABLE_BYTES_IN] = "bytes_in",
	[LOG_VARIABLE_DURATION] = "duration",
	[LOG_VARIABLE_DURATION_US] = "duration_us",
	[LOG_VARIABLE_TTFB] = "ttfb",
	[LOG_VARIABLE_TTFB_US] = "ttfb_us",
	[LOG_VARIABLE_COMPLETE] = "complete",
	[LOG_VARIABLE_END] = "end",
};

_Static_assert(sizeof(names) / sizeof(names[0]) == LOG_VARIABLES,
	"every variable has a name");

const char *
log_variable_name(enum log_variable v)
{
	return names[v];
}

enum log_variable
log_variable_find(struct span name)
{
	for (int i = 0; i < LOG_VARIABLES; i++)
		if (span_is(name, span_of(names[i])))
			return (enum log_variable)i;
	return LOG_VARIABLES;
}
