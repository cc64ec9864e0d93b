/*
 * How many of something each client has: connections, or requests in flight.
 * The table holds clients that have at least one, so what bounds their number
 * bounds the table, and no client is forgotten.
 *
 * A client is an IPv4 address, or a network of 64 bits of IPv6, whose addresses
 * are one customer's; all peers on Unix sockets are one client.
 * SPDX-License-Identifier: MIT
 */
#ifndef CLIENT_COUNTS_H
#define CLIENT_COUNTS_H

#include <stddef.h>
#include <stdint.h>

struct sockaddr;

struct client_count {
	uint64_t key;
	uint32_t count; /* 0: the entry is free */
};

struct client_counts {
	struct client_count *all; /* NULL: nothing is counted */
	size_t size;              /* entries, a power of two */
	size_t used;
	uint64_t seed;
	int64_t most; /* of one client; 0: no limit, nothing is counted */
};

/* Returns the hash of a client; clients cannot choose it without the seed. */
uint64_t client_hash(const struct sockaddr *, uint64_t seed);

void client_counts_init(struct client_counts *, int64_t most);
void client_counts_fini(struct client_counts *);

/* Returns the key of a client in this table. */
uint64_t client_counts_key(
	const struct client_counts *, const struct sockaddr *);

/* Returns how many the client has. */
uint32_t client_counts_find(const struct client_counts *, uint64_t key);

/* Counts one more, and one less, of a client. */
void client_counts_add(struct client_counts *, uint64_t key);
void client_counts_remove(struct client_counts *, uint64_t key);

#endif
