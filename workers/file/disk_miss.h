/*
 * What an attempt that must not wait would have had to wait for: the first
 * thing that is not in memory.  Once it has come, the attempt is made again.
 * SPDX-License-Identifier: MIT
 */
#ifndef DISK_MISS_H
#define DISK_MISS_H

#include <fcntl.h>
#include <limits.h>
#include <stddef.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

enum disk_miss_kind {
	DISK_MISS_NONE,
	DISK_MISS_PATH,  /* a name below fd */
	DISK_MISS_READ,  /* len bytes of fd from offset on */
	DISK_MISS_OTHER, /* nobody knows what */
};

struct disk_miss {
	enum disk_miss_kind kind;
	int fd; /* of a read: a copy, this struct's own; or -1 */
	off_t offset;
	size_t len;
	char path[PATH_MAX];
};

static inline void
disk_miss_init(struct disk_miss *m)
{
	m->kind = DISK_MISS_NONE;
}

/* fd: a directory, which stays the caller's; path fits. */
static inline void
disk_miss_path(struct disk_miss *m, int fd, const char *path)
{
	if (m->kind != DISK_MISS_NONE)
		return;
	m->kind = DISK_MISS_PATH;
	m->fd = fd;
	strcpy(m->path, path);
}

/* fd stays the caller's. */
static inline void
disk_miss_read(struct disk_miss *m, int fd, off_t offset, size_t len)
{
	if (m->kind != DISK_MISS_NONE)
		return;
	m->kind = DISK_MISS_READ;
	m->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	m->offset = offset;
	m->len = len;
}

static inline void
disk_miss_other(struct disk_miss *m)
{
	if (m->kind == DISK_MISS_NONE)
		m->kind = DISK_MISS_OTHER;
}

static inline void
disk_miss_drop(struct disk_miss *m)
{
	if (m->kind == DISK_MISS_READ && m->fd != -1)
		close(m->fd);
	m->kind = DISK_MISS_NONE;
}

#endif
