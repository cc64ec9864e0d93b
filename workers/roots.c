/*
 * A directory is its device, its inode and its mount: one that is mounted at
 * two places may have other file systems below it at each.
 * SPDX-License-Identifier: MIT
 */
#include "config.h"

#include "roots.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>

struct roots_entry {
	dev_t dev;
	ino_t ino;
	uint64_t mount; /* 0: not known */
	struct root root;
};

enum { SIZE_MIN = 16 };

static uint64_t
find_mount(int fd)
{
#if defined(STATX_MNT_ID) && defined(AT_EMPTY_PATH)
	struct statx st;

	if (statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &st) == 0 &&
		(st.stx_mask & STATX_MNT_ID))
		return st.stx_mnt_id;
#else
	(void)fd;
#endif
	return 0;
}

static int
identify(struct roots_entry *e)
{
	struct stat st;

	if (fstat(e->root.fd, &st) == -1)
		return -1;
	e->dev = st.st_dev;
	e->ino = st.st_ino;
	e->mount = find_mount(e->root.fd);
	return 0;
}

static struct roots_entry *
find(struct roots *r, const struct roots_entry *e)
{
	uint64_t hash = ((uint64_t)e->ino ^ (uint64_t)e->dev << 32 ^ e->mount) *
			0x9e3779b97f4a7c15u;
	size_t i = (size_t)(hash >> 32) & (r->size - 1);

	while (r->all[i].root.fd != -1 &&
		(r->all[i].ino != e->ino || r->all[i].dev != e->dev ||
			r->all[i].mount != e->mount))
		i = (i + 1) & (r->size - 1);
	return &r->all[i];
}

/* At most half of the table is used. */
static int
grow(struct roots *r)
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
			*find(&new, &r->all[i]) = r->all[i];
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

	if (root_open(&e.root, path) == -1)
		return -1;
	if (identify(&e) == -1 || grow(r) == -1)
		return close_keeping_errno(&e.root);
	at = find(r, &e);
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
