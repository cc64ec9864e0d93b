/*
 * SPDX-License-Identifier: MIT
 */
#ifndef CLOSE_FD_H
#define CLOSE_FD_H

#include <errno.h>
#include <unistd.h>

/* close(2) in a path that reports the errno of before; returns -1. */
static inline int
close_keeping_errno(int fd)
{
	int error = errno;

	close(fd);
	errno = error;
	return -1;
}

#endif
