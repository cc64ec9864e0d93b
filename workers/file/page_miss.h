/*
 * The first data that a non-blocking attempt did not find in memory.  Once it
 * was read, the attempt is repeated.
 * SPDX-License-Identifier: MIT
 */
#ifndef PAGE_MISS_H
#define PAGE_MISS_H

#include <fcntl.h>
#include <limits.h>
#include <stddef.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

enum page_miss_kind {
	PAGE_MISS_NONE,
	PAGE_MISS_PATH,  /* a name below fd */
	PAGE_MISS_READ,  /* len bytes of fd from offset on */
	PAGE_MISS_OTHER, /* not known */
};

struct page_miss {
	enum page_miss_kind kind;
	int fd; /* of a read: a duplicate that this struct owns; or -1 */
	off_t offset;
	size_t len;
	char path[PATH_MAX];
};

static inline void
page_miss_init(struct page_miss *m)
{
	m->kind = PAGE_MISS_NONE;
}

/* fd is a directory that the caller owns; path is shorter than PATH_MAX. */
static inline void
page_miss_path(struct page_miss *m, int fd, const char *path)
{
	if (m->kind != PAGE_MISS_NONE)
		return;
	m->kind = PAGE_MISS_PATH;
	m->fd = fd;
	strcpy(m->path, path);
}

/* Duplicates fd, which the caller owns. */
static inline void
page_miss_read(struct page_miss *m, int fd, off_t offset, size_t len)
{
	if (m->kind != PAGE_MISS_NONE)
		return;
	m->kind = PAGE_MISS_READ;
	m->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	m->offset = offset;
	m->len = len;
}

static inline void
page_miss_other(struct page_miss *m)
{
	if (m->kind == PAGE_MISS_NONE)
		m->kind = PAGE_MISS_OTHER;
}

static inline void
page_miss_drop(struct page_miss *m)
{
	if (m->kind == PAGE_MISS_READ && m->fd != -1)
		close(m->fd);
	m->kind = PAGE_MISS_NONE;
}

#endif
