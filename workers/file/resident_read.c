/*
 * SPDX-License-Identifier: MIT
 */
#include "file/resident_read.h"

#include <errno.h>
#include <sys/uio.h>
#include <unistd.h>

/* Seconds, for clocks of files that are less exact than ours. */
enum { CHANGED_BEFORE = 1 };

ssize_t
resident_read(int fd, char *to, size_t len, off_t offset)
{
#ifdef RWF_NOWAIT
	struct iovec run = { to, len };
	ssize_t n = preadv2(fd, &run, 1, offset, RWF_NOWAIT);

	if (n == -1 && errno == EAGAIN)
		errno = EINPROGRESS;
	/* Linux 5.9 and early 5.10 end every file after its first page.  One
	 * that has become shorter is noticed by the read that waits. */
	if (n == 0 && len > 0) {
		errno = EOPNOTSUPP;
		return -1;
	}
	return n;
#else
	(void)fd, (void)to, (void)len, (void)offset;
	errno = EOPNOTSUPP;
	return -1;
#endif
}

void
first_read_init(struct first_read *f)
{
	f->fd = -1;
	f->len = -1;
	clock_gettime(CLOCK_REALTIME_COARSE, &f->began);
}

void
first_read_run(struct first_read *f, int fd)
{
	int error = errno;

	if (f->fd != -1)
		return;
	f->fd = fd;
	f->len = resident_read(fd, f->bytes, sizeof(f->bytes), 0);
	errno = error;
}

void
first_read_reset(struct first_read *f)
{
	f->fd = -1;
	f->len = -1;
}

/* Only the kernel sets the time of the last change; that of the modification is
 * what utimensat(2) says. */
bool
first_read_is_whole(const struct first_read *f, int fd, const struct stat *st)
{
	return f->fd == fd && f->len == st->st_size &&
	       st->st_ctim.tv_sec < f->began.tv_sec - CHANGED_BEFORE;
}
