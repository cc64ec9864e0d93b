/*
 * A hash table with linear probing, at most half full.  It grows and does not
 * shrink.
 * SPDX-License-Identifier: MIT
 */
#include "conn/client_counts.h"

#include <assert.h>
#include <netinet/in.h>
#include <stdlib.h>

#include "common/mem.h"
#include "common/random.h"
#include "common/span.h"
#include "http/hash.h"

enum { FIRST_SIZE = 64 };

/* The bytes of an address that count. */
static struct span
find_client(const struct sockaddr *client)
{
	enum { NETWORK = 8, MAPPED = 12, V4 = 4 };
	const void *at = client;
	const struct sockaddr_in *ip4 = at;
	const struct sockaddr_in6 *ip6 = at;
	const char *bytes = (const char *)&ip6->sin6_addr;

	if (client->sa_family == AF_INET)
		return (struct span){ (const char *)&ip4->sin_addr, V4 };
	if (client->sa_family != AF_INET6)
		return SPAN("");
	if (IN6_IS_ADDR_V4MAPPED(&ip6->sin6_addr))
		return (struct span){ bytes + MAPPED, V4 };
	return (struct span){ bytes, NETWORK };
}

uint64_t
client_hash(const struct sockaddr *client, uint64_t seed)
{
	struct span bytes = find_client(client);

	return hash_bytes(bytes.at, bytes.len, seed);
}

void
client_counts_init(struct client_counts *t, int64_t most)
{
	*t = (struct client_counts){ .most = most };
	if (most == 0)
		return;
	t->size = FIRST_SIZE;
	t->all = mem_calloc(t->size, sizeof(*t->all));
	t->seed = random_seed();
}

void
client_counts_fini(struct client_counts *t)
{
	free(t->all);
	t->all = NULL;
}

uint64_t
client_counts_key(const struct client_counts *t, const struct sockaddr *client)
{
	return client_hash(client, t->seed);
}

/* Returns the entry of the key, or the free one where it belongs. */
static struct client_count *
find_entry(const struct client_counts *t, uint64_t key)
{
	size_t at = key & (t->size - 1);

	while (t->all[at].count > 0 && t->all[at].key != key)
		at = (at + 1) & (t->size - 1);
	return &t->all[at];
}

uint32_t
client_counts_find(const struct client_counts *t, uint64_t key)
{
	return find_entry(t, key)->count;
}

static void
grow_table(struct client_counts *t)
{
	struct client_count *old = t->all;
	size_t size = t->size;

	t->size *= 2;
	t->all = mem_calloc(t->size, sizeof(*t->all));
	for (size_t i = 0; i < size; i++)
		if (old[i].count > 0)
			*find_entry(t, old[i].key) = old[i];
	free(old);
}

void
client_counts_add(struct client_counts *t, uint64_t key)
{
	struct client_count *e = find_entry(t, key);

	if (e->count == 0) {
		t->used++;
		e->key = key;
	}
	e->count++;
	if (t->used > t->size / 2)
		grow_table(t);
}

/* Moves entries behind a hole into it where a search would end there. */
static void
close_hole(struct client_counts *t, size_t hole)
{
	size_t mask = t->size - 1;

	for (size_t i = (hole + 1) & mask; t->all[i].count > 0;
		i = (i + 1) & mask) {
		size_t home = t->all[i].key & mask;

		if (((i - home) & mask) < ((i - hole) & mask))
			continue;
		t->all[hole] = t->all[i];
		t->all[i].count = 0;
		hole = i;
	}
}

void
client_counts_remove(struct client_counts *t, uint64_t key)
{
	struct client_count *e = find_entry(t, key);

	assert(e->count > 0);
	if (--e->count > 0)
		return;
	t->used--;
	close_hole(t, (size_t)(e - t->all));
}
