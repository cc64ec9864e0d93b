/*
 * Reads that do not wait for the disk.
 * SPDX-License-Identifier: MIT
 */
#ifndef RESIDENT_READ_H
#define RESIDENT_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>

enum { FIRST_READ_MAX = 16 * 1024 };

/*
 * The first bytes of a file, read before its fstat(2). Where that shows no
 * change since the read began, one fstat(2) suffices for the whole file: a
 * write sets the time of the file before it changes content.
 */
struct first_read {
	int fd;      /* that it was read from; -1: none yet */
	ssize_t len; /* -1: could not be read */
	struct timespec began;
	char bytes[FIRST_READ_MAX];
};

/* Reads what is in memory.  Returns -1 with EINPROGRESS if it is not,
 * EOPNOTSUPP if the file system cannot tell. */
ssize_t resident_read(int fd, char *to, size_t len, off_t offset);

void first_read_init(struct first_read *);

/* Reads the beginning of the first file that it is called for. */
void first_read_run(struct first_read *, int fd);

/* Lets the next file be read: this one was a directory. */
void first_read_reset(struct first_read *);

/* True if the bytes are the whole content of the file with this status, which
 * fstat(2) returned after the read. */
bool first_read_is_whole(
	const struct first_read *, int fd, const struct stat *);

#endif
