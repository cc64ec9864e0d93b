/*
 * How many requests of one client are admitted, in the checked configuration.
 * SPDX-License-Identifier: MIT
 */
#ifndef CONF_RATE_H
#define CONF_RATE_H

#include <stdint.h>

struct conf_rate {
	const char *text;    /* "10/s"; NULL: no limit */
	int64_t burst;       /* requests that may come at once, at least 1 */
	int64_t interval_ns; /* between two requests, in the long run */
};

#endif
