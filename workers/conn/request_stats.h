/*
 * Counts requests for their site (common/site_counters.h).  A response is
 * counted when its last byte is in the output; its duration, when the output
 * was sent.
 *
 * The responses in an output are mostly of one site and of requests that
 * arrived in one turn of the loop; those are counted together, with one
 * clock_gettime(2) for the batch.
 * SPDX-License-Identifier: MIT
 */
#ifndef REQUEST_STATS_H
#define REQUEST_STATS_H

#include <stdint.h>

struct exchange;
struct request_part;
struct site_counters;

struct request_stats {
	/* Of the current request, and of the nresponses before it: */
	struct site_counters *counters; /* of the site; never NULL */
	int64_t began_ns;               /* CLOCK_MONOTONIC */
	unsigned nresponses;            /* that wait in the output */
	struct request_part *parts;     /* those before them, or NULL */
};

/* A head was read, at the time of this turn. */
void request_stats_begin(struct exchange *);

/* Sets the site of the request. */
void request_stats_set_site(struct exchange *, struct site_counters *);

/* The request is refused before its site is known. */
void request_stats_set_no_site(struct exchange *);

/* The response is complete, or cut short. */
void request_stats_respond(struct exchange *);

/* The bytes of the output between these offsets were sent. */
void request_stats_sent(struct exchange *, uint64_t from, uint64_t to);

/* All of the output, with some responses, was sent or is dropped. */
void request_stats_end(struct exchange *);

#endif
