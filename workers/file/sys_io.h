/*
 * recv(2) and send(2) as plain system calls.  Those of libc are cancellation
 * points, which costs two atomic operations each once there are threads; prong
 * cancels no thread.
 * SPDX-License-Identifier: MIT
 */
#ifndef SYS_IO_H
#define SYS_IO_H

#include <stddef.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include "common/sanitized.h"

/* Sanitizers check the arguments of the functions of libc. */
#if defined(SYS_recvfrom) && defined(SYS_sendto) && !IS_SANITIZED
static inline ssize_t
sys_recv(int fd, void *to, size_t len, int flags)
{
	return syscall(SYS_recvfrom, fd, to, len, flags, NULL, NULL);
}

static inline ssize_t
sys_send(int fd, const void *from, size_t len, int flags)
{
	return syscall(SYS_sendto, fd, from, len, flags, NULL, 0);
}
#else
static inline ssize_t
sys_recv(int fd, void *to, size_t len, int flags)
{
	return recv(fd, to, len, flags);
}

static inline ssize_t
sys_send(int fd, const void *from, size_t len, int flags)
{
	return send(fd, from, len, flags);
}
#endif

#endif
