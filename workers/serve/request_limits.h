/*
 * Limits on requests that are in flight: of a site, of a route, of a client;
 * and on the time that a request has waited for its turn.  Each worker counts
 * for itself.
 *
 * A request is in flight from the time when the server begins to answer it
 * until its response was sent, or its connection ended.
 * SPDX-License-Identifier: MIT
 */
#ifndef REQUEST_LIMITS_H
#define REQUEST_LIMITS_H

#include <stdbool.h>

#include "conn/client_counts.h"
#include "serve/rate_limit.h"

struct conf;
struct exchange;

struct request_limits {
	struct rate_table rates;
	unsigned *by_site, *by_route; /* in flight, by their numbers in the
					 configuration */
	struct client_counts clients;
};

void request_limits_init(struct request_limits *, const struct conf *);
void request_limits_fini(struct request_limits *);

/* Counts the request until its end.  False: it was answered with 503 or 429. */
bool request_limits_admit(struct exchange *);

/* False: the request had waited too long, and was answered with 503. */
bool request_limits_admit_wait(struct exchange *);

#endif
