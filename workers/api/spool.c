/*
 * Writes go to the page cache; the kernel may block a writer that outruns the
 * disk.
 * SPDX-License-Identifier: MIT
 */
#include "api/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Creates a file and unlinks it, for file systems without O_TMPFILE. */
static int
open_unlinked(const char *dir)
{
	char path[PATH_MAX];
	int fd;

	if (snprintf(path, sizeof(path), "%s/prong-XXXXXX", dir) >=
		(int)sizeof(path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	fd = mkostemp(path, O_CLOEXEC);
	if (fd != -1)
		unlink(path);
	return fd;
}

int
spool_open(const char *dir)
{
#ifdef O_TMPFILE
	int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	/* Kernels without O_TMPFILE report EISDIR or other errors: see
	 * open(2). */
	if (fd != -1 || (errno != EOPNOTSUPP && errno != EISDIR &&
				errno != ENOENT && errno != EINVAL))
		return fd;
#endif
	return open_unlinked(dir);
}

int
spool_write(int fd, const char *bytes, size_t len)
{
	ssize_t n;

	for (; len > 0; bytes += n, len -= (size_t)n) {
		n = write(fd, bytes, len);
		if (n == -1 && errno != EINTR)
			return -1;
		if (n == -1)
			n = 0;
	}
	return 0;
}
