/*
 * What is counted of requests, for the site that they ask: common/
 * site_counters.h.  A response counts when its last byte is in the output; how
 * long its request took, when all of the output was sent.
 *
 * The responses that wait in an output are mostly of one site and of requests
 * that came in one turn of the loop: then they are counted together, and the
 * batch costs one look at the clock.
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

/* The head of a request came, at the time of this turn. */
void request_stats_begin(struct exchange *);

/* The request is for this site. */
void request_stats_set_site(struct exchange *, struct site_counters *);

/* The request is refused before its site is known. */
void request_stats_set_no_site(struct exchange *);

/* The response is complete, or cut short. */
void request_stats_respond(struct exchange *);

/* Of the output, what is between these offsets was sent. */
void request_stats_sent(struct exchange *, uint64_t from, uint64_t to);

/* All of the output was sent, or is dropped; some responses waited for it. */
void request_stats_end(struct exchange *);

#endif
