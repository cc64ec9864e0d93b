/*
 * Functions of libc that modules and their libraries call, to note what the
 * sandbox denies them: the dynamic linker finds those of the program first.
 * They forbid nothing; the kernel does, also where a call does not come by
 * here.
 * SPDX-License-Identifier: MIT
 */
#include <features.h>

#include "common/sanitized.h"

/* A sanitizer has such functions itself. */
#if defined(__GLIBC__) && !IS_SANITIZED

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "denials.h"

/* A test program may have functions of its own with these names. */
#pragma weak open
#pragma weak open64
#pragma weak openat
#pragma weak openat64
#pragma weak fopen
#pragma weak fopen64
#pragma weak opendir
#pragma weak mkdir
#pragma weak unlink
#pragma weak rename
#pragma weak socket
#pragma weak connect
#pragma weak getaddrinfo
#pragma weak fork
#pragma weak execve
#pragma weak posix_spawn
#pragma weak posix_spawnp
#pragma weak system
#pragma weak popen

/* Finds the function of libc, or of a preloaded library, that the one here
 * hides. */
#define FIND(next, name)                                                       \
	static __typeof__(&name) next;                                         \
	if (next == NULL)                                                      \
	next = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

static bool
is_denied(bool has_failed)
{
	return has_failed && (errno == EACCES || errno == EPERM) &&
	       denials_are_noted();
}

static void
note_path(bool has_failed, const char *call, int dirfd, const char *path,
	bool is_write)
{
	if (is_denied(has_failed) && path != NULL)
		denials_note_path(call, dirfd, path, is_write);
}

/* ---- files -------------------------------------------------------------- */

static mode_t
take_mode(int flags, va_list args)
{
	/* O_TMPFILE has a bit of O_DIRECTORY's. */
	bool has_mode =
		(flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE;

	return has_mode ? va_arg(args, mode_t) : 0;
}

#define DEFINE_OPEN(name)                                                      \
	int name(const char *path, int flags, ...)                             \
	{                                                                      \
		FIND(next, name);                                              \
		va_list args;                                                  \
		mode_t mode;                                                   \
		int fd;                                                        \
                                                                               \
		va_start(args, flags);                                         \
		mode = take_mode(flags, args);                                 \
		va_end(args);                                                  \
		fd = next(path, flags, mode);                                  \
		note_path(fd == -1, "open of", AT_FDCWD, path,                 \
			denials_asks_to_write((unsigned)flags));               \
		return fd;                                                     \
	}

#define DEFINE_OPENAT(name)                                                    \
	int name(int dirfd, const char *path, int flags, ...)                  \
	{                                                                      \
		FIND(next, name);                                              \
		va_list args;                                                  \
		mode_t mode;                                                   \
		int fd;                                                        \
                                                                               \
		va_start(args, flags);                                         \
		mode = take_mode(flags, args);                                 \
		va_end(args);                                                  \
		fd = next(dirfd, path, flags, mode);                           \
		note_path(fd == -1, "open of", dirfd, path,                    \
			denials_asks_to_write((unsigned)flags));               \
		return fd;                                                     \
	}

#define DEFINE_FOPEN(name)                                                     \
	FILE *name(const char *path, const char *mode)                         \
	{                                                                      \
		FIND(next, name);                                              \
		FILE *f = next(path, mode);                                    \
                                                                               \
		note_path(f == NULL, "open of", AT_FDCWD, path,                \
			strpbrk(mode, "wa+") != NULL);                         \
		return f;                                                      \
	}

/* Those of 64 bits are functions of their own for a library that asks for
 * them. */
DEFINE_OPEN(open)
DEFINE_OPEN(open64)
DEFINE_OPENAT(openat)
DEFINE_OPENAT(openat64)
DEFINE_FOPEN(fopen)
DEFINE_FOPEN(fopen64)

DIR *
opendir(const char *path)
{
	FIND(next, opendir);
	DIR *dir = next(path);

	note_path(dir == NULL, "open of", AT_FDCWD, path, false);
	return dir;
}

int
mkdir(const char *path, mode_t mode)
{
	FIND(next, mkdir);
	int got = next(path, mode);

	note_path(got == -1, "mkdir of", AT_FDCWD, path, true);
	return got;
}

int
unlink(const char *path)
{
	FIND(next, unlink);
	int got = next(path);

	note_path(got == -1, "unlink of", AT_FDCWD, path, true);
	return got;
}

int
rename(const char *from, const char *to)
{
	FIND(next, rename);
	int got = next(from, to);

	note_path(got == -1, "rename of", AT_FDCWD, from, true);
	note_path(got == -1, "rename to", AT_FDCWD, to, true);
	return got;
}

/* ---- connections -------------------------------------------------------- */

static void
note_connect(bool has_failed, const char *call, const char *object)
{
	if (is_denied(has_failed))
		denials_note(call, object, DENIAL_CONNECT);
}

/* Weak: a test has one of its own. */
__attribute__((weak)) int
socket(int family, int type, int protocol)
{
	FIND(next, socket);
	int fd = next(family, type, protocol);

	note_connect(fd == -1, "socket(2)", "");
	return fd;
}

int
connect(int fd, const struct sockaddr *to, socklen_t len)
{
	FIND(next, connect);
	int got = next(fd, to, len);

	note_connect(got == -1, "connect(2)", "");
	return got;
}

/* What fails inside does not come by here. */
int
getaddrinfo(const char *restrict name, const char *restrict service,
	const struct addrinfo *restrict hints, struct addrinfo **restrict all)
{
	static const char file[] = "/etc/resolv.conf";
	FIND(next, getaddrinfo);
	int got = next(name, service, hints, all), error = errno, fd;

	if (got != 0 && denials_are_noted()) {
		fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
		if (fd != -1)
			close(fd);
		fd = open(file, O_RDONLY | O_CLOEXEC);
		if (fd != -1)
			close(fd);
	}
	errno = error;
	return got;
}

/* ---- programs ----------------------------------------------------------- */

static void
note_exec(bool has_failed, const char *call, const char *object)
{
	if (is_denied(has_failed))
		denials_note(call, object, DENIAL_EXEC);
}

pid_t
fork(void)
{
	FIND(next, fork);
	pid_t pid = next();

	note_exec(pid == -1, "fork(2)", "");
	return pid;
}

int
execve(const char *path, char *const argv[], char *const environment[])
{
	FIND(next, execve);
	int got = next(path, argv, environment);

	note_exec(got == -1, "execve(2) of", path);
	return got;
}

#define DEFINE_SPAWN(name)                                                     \
	int name(pid_t *restrict pid, const char *restrict path,               \
		const posix_spawn_file_actions_t *restrict actions,            \
		const posix_spawnattr_t *restrict attributes,                  \
		char *const argv[restrict], char *const environment[restrict]) \
	{                                                                      \
		FIND(next, name);                                              \
		int error = next(                                              \
			pid, path, actions, attributes, argv, environment);    \
                                                                               \
		errno = error != 0 ? error : errno;                            \
		note_exec(error != 0, #name "(3) of", path);                   \
		return error;                                                  \
	}

DEFINE_SPAWN(posix_spawn)
DEFINE_SPAWN(posix_spawnp)

int
system(const char *command)
{
	FIND(next, system);
	int got = next(command);

	note_exec(got == -1, "system(3) of", command == NULL ? "" : command);
	return got;
}

FILE *
popen(const char *command, const char *mode)
{
	FIND(next, popen);
	FILE *f = next(command, mode);

	note_exec(f == NULL, "popen(3) of", command);
	return f;
}

#else

/* ISO C forbids an empty file. */
typedef int denied_calls;

#endif
