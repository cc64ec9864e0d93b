/*
 * Free connections form a stack, so that recently used memory is reused first.
 * SPDX-License-Identifier: MIT
 */
#include "conn/conn_table.h"

#include <assert.h>
#include <sys/mman.h>

#include "conn/conn.h"

int
conn_table_init(struct conn_table *t, size_t size, size_t reserve)
{
	t->size = size;
	t->reserve = reserve;
	t->used = t->count = t->admin = 0;
	t->free = t->closed = NULL;
	client_counts_init(&t->clients, 0);
	t->all = mmap(NULL, (size + reserve) * sizeof(*t->all),
		PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	return t->all == MAP_FAILED ? -1 : 0;
}

void
conn_table_fini(struct conn_table *t)
{
	munmap(t->all, (t->size + t->reserve) * sizeof(*t->all));
	t->all = NULL;
	client_counts_fini(&t->clients);
}

bool
conn_table_has_room(const struct conn_table *t, bool is_admin)
{
	if (t->count >= t->size + t->reserve)
		return false;
	return is_admin || t->count - t->admin < t->size;
}

struct conn *
conn_table_take(struct conn_table *t, bool is_admin)
{
	struct conn *c = t->free;

	if (!conn_table_has_room(t, is_admin))
		return NULL;
	if (c != NULL)
		t->free = c->next;
	else
		c = &t->all[t->used++];
	t->count++;
	t->admin += is_admin;
	return c;
}

void
conn_table_give(struct conn_table *t, struct conn *c)
{
	if (c->is_client_counted)
		client_counts_remove(&t->clients,
			client_counts_key(&t->clients, &c->peer.any));
	c->next = t->closed;
	t->closed = c;
}

void
conn_table_sweep(struct conn_table *t)
{
	struct conn *c;

	while ((c = t->closed) != NULL) {
		t->closed = c->next;
		c->next = t->free;
		t->free = c;
		assert(t->count > 0 && t->admin >= c->is_admin);
		t->count--;
		t->admin -= c->is_admin;
	}
}
