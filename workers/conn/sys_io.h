/*
 * recv(2) and send(2) without what libc adds for threads: each of them is a
 * point where a thread may be cancelled, and once there are threads, two
 * atomic operations.  Nobody is cancelled here.
 * SPDX-License-Identifier: MIT
 */
#ifndef SYS_IO_H
#define SYS_IO_H

#include <stddef.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

/* A sanitizer looks at the arguments of libc's. */
#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define SYS_IO_IS_WATCHED
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define SYS_IO_IS_WATCHED
#endif

#if defined(SYS_recvfrom) && defined(SYS_sendto) && !defined(SYS_IO_IS_WATCHED)
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
