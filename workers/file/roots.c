/*
 * A hash table by the identity of the directory.
 * SPDX-License-Identifier: MIT
 */
#include "file/roots.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include "common/directory.h"

struct roots_entry {
	struct directory_id id;
	struct root root;
};

enum { SIZE_MIN = 16 };

static struct roots_entry *
find_entry(struct roots *r, const struct roots_entry *e)
{
	uint64_t hash = (e->id.inode ^ e->id.device << 32 ^ e->id.mount) *
			0x9e3779b97f4a7c15u;
	size_t i = (size_t)(hash >> 32) & (r->size - 1);

	while (r->all[i].root.fd != -1 &&
		!directory_is_same(&r->all[i].id, &e->id))
		i = (i + 1) & (r->size - 1);
	return &r->all[i];
}

/* At most half of the table is used. */
static int
grow_table(struct roots *r)
{
	struct roots new = { .size = r->size == 0 ? SIZE_MIN : r->size * 2,
		.count = r->count };

	if (r->count * 2 < r->size)
		return 0;
	new.all = calloc(new.size, sizeof(*new.all));
	if (new.all == NULL)
		return -1;
	for (size_t i = 0; i < new.size; i++)
		new.all[i].root.fd = -1;
	for (size_t i = 0; i < r->size; i++)
		if (r->all[i].root.fd != -1)
			*find_entry(&new, &r->all[i]) = r->all[i];
	free(r->all);
	*r = new;
	return 0;
}

static int
close_keeping_errno(struct root *root)
{
	int error = errno;

	root_close(root);
	errno = error;
	return -1;
}

int
roots_open(struct roots *r, struct root *root, const char *path)
{
	struct roots_entry e, *at;
	struct directory d;

	if (directory_open(&d, path) == -1)
		return -1;
	root_inherit(&e.root, &d);
	if (directory_identify(&d, &e.id) == -1 || grow_table(r) == -1)
		return close_keeping_errno(&e.root);
	at = find_entry(r, &e);
	if (at->root.fd == -1) {
		*at = e;
		r->count++;
	} else {
		root_close(&e.root);
	}
	*root = at->root;
	return 0;
}

void
roots_fini(struct roots *r)
{
	for (size_t i = 0; i < r->size; i++)
		if (r->all[i].root.fd != -1)
			root_close(&r->all[i].root);
	free(r->all);
	*r = (struct roots){ NULL, 0, 0 };
}
