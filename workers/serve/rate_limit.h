/*
 * Request rates by client, with 429 for what exceeds them.  Each worker counts
 * for itself, with the generic cell rate algorithm, in a table of fixed size: a
 * client is remembered as one number, the time at which it would be admitted
 * again if it had used up its burst.
 * SPDX-License-Identifier: MIT
 */
#ifndef RATE_LIMIT_H
#define RATE_LIMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct conf;
struct conf_rate;
struct exchange;
struct sockaddr;

enum { RATE_SETS = 2048, RATE_WAYS = 8 }; /* clients: the product */

struct rate_entry {
	uint64_t key;
	int64_t due_ns; /* of the next request, at a steady rate */
};

struct rate_table {
	struct rate_entry *all; /* NULL: nothing is limited */
	uint64_t seed;
};

/* Allocates the table if the configuration has a rate. */
void rate_table_open(struct rate_table *, const struct conf *);
void rate_table_close(struct rate_table *);

/*
 * Counts a request of a client.  Returns 0 if it is admitted, or else the
 * seconds after which the client may try again.  Clients of IPv6 are counted by
 * their network of 64 bits, those on Unix sockets as one.
 */
int64_t rate_table_take(struct rate_table *, const struct conf_rate *,
	const struct sockaddr *client, int64_t now_ns);

/* Counts the request for its site and its route.  False: it was answered with
 * 429. */
bool rate_limit_admit(struct exchange *);

#endif
