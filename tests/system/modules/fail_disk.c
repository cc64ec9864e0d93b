/*
 * Preloaded: calls fail for files that are named for it, "CALL.ERRNO" or
 * "CALL.ERRNO.ANYTHING": "open.EIO", "read.ESTALE.bin", "sendfile.EINVAL".
 * "sendfile.EIO" fails for read(2), too, behind the first 64 KiB; a file that
 * is named "once.ERRNO" cannot be opened the first time.
 * SPDX-License-Identifier: MIT
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static const struct {
	const char *name;
	int error;
} errors[] = { { "EIO", EIO }, { "ESTALE", ESTALE }, { "EINVAL", EINVAL },
	{ "ENOSYS", ENOSYS }, { "EPERM", EPERM }, { "ENOTCONN", ENOTCONN },
	{ "EMFILE", EMFILE } };

/* The errno for a call to this file, or 0. */
static int
error_for(const char *path, const char *call)
{
	const char *name = strrchr(path, '/');
	size_t len = strlen(call);

	name = name == NULL ? path : name + 1;
	if (strncmp(name, call, len) != 0 || name[len] != '.')
		return 0;
	name += len + 1;
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		len = strlen(errors[i].name);
		if (strncmp(name, errors[i].name, len) == 0 &&
			(name[len] == '\0' || name[len] == '.'))
			return errors[i].error;
	}
	return 0;
}

static int
error_for_fd(int fd, const char *call)
{
	char link[32], path[4096];
	ssize_t len;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	len = readlink(link, path, sizeof(path) - 1);
	if (len == -1)
		return 0;
	path[len] = '\0';
	return error_for(path, call);
}

static int
fail_to_open(const char *path)
{
	static int times;
	int error = error_for(path, "once");

	return error != 0 && times++ == 0 ? error : error_for(path, "open");
}

long
syscall(long number, ...)
{
	static long (*real)(long, ...);
	long a[6];
	va_list args;

	va_start(args, number);
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(args, long);
	va_end(args);
	if (real == NULL)
		real = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
	if (number == SYS_openat2) {
		int error = fail_to_open((const char *)a[1]);

		if (error != 0) {
			errno = error;
			return -1;
		}
	}
	return real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

static int
fail_to_read(int fd, off_t offset)
{
	int error = error_for_fd(fd, "read");

	if (error == 0 && offset >= 65536 &&
		(error = error_for_fd(fd, "sendfile")) != EIO)
		error = 0;
	errno = error;
	return error == 0 ? 0 : -1;
}

ssize_t
pread(int fd, void *to, size_t len, off_t offset)
{
	if (fail_to_read(fd, offset) == -1)
		return -1;
	return syscall(SYS_pread64, fd, to, len, offset);
}

ssize_t
pread64(int fd, void *to, size_t len, off_t offset)
{
	return pread(fd, to, len, offset);
}

ssize_t
preadv2(int fd, const struct iovec *run, int count, off_t offset, int flags)
{
	if (fail_to_read(fd, offset) == -1)
		return -1;
	return syscall(SYS_preadv2, fd, run, count, offset, 0, flags);
}

ssize_t
preadv64v2(int fd, const struct iovec *run, int count, off_t offset, int flags)
{
	return preadv2(fd, run, count, offset, flags);
}

ssize_t
sendfile(int out, int in, off_t *offset, size_t len)
{
	int error = error_for_fd(in, "sendfile");

	/* A name that begins so is of content in memory. */
	if (error == 0 && getenv("FAIL_SENDFILE") != NULL)
		error = error_for(getenv("FAIL_SENDFILE"), "sendfile");
	if (error != 0) {
		errno = error;
		return -1;
	}
	return syscall(SYS_sendfile, out, in, offset, len);
}

ssize_t
sendfile64(int out, int in, off_t *offset, size_t len)
{
	return sendfile(out, in, offset, len);
}
