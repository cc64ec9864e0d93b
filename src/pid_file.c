/*
 * The pid file: open and lock, write, remove.
 * SPDX-License-Identifier: MIT
 */
#include "pid_file.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Somebody may remove the file between our open and our lock. */
static bool
is_at(int fd, const char *path)
{
	struct stat ours, there;

	return fstat(fd, &ours) == 0 && stat(path, &there) == 0 &&
	       ours.st_dev == there.st_dev && ours.st_ino == there.st_ino;
}

static int
try_lock(int fd)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	return fcntl(fd, F_SETLK, &lock);
}

static const char *
remedy(int error)
{
	switch (error) {
	case ENOENT:
		return "; create its directory or change \"pid_file\"";
	case EACCES:
		return "; let this user write there or change \"pid_file\"";
	case ELOOP:
		return "; it may not be a symbolic link";
	default:
		return "";
	}
}

static int
refuse(const char *path, struct reason *why)
{
	if (errno == EAGAIN || errno == EACCES)
		return reason_set(why,
			"pid_file %s: held by pid %ld; another server runs: "
			"stop it or change \"pid_file\"",
			path, (long)pid_file_holder(path));
	return reason_set(why, "pid_file %s: lock: %s", path, strerror(errno));
}

int
pid_file_open(struct pid_file *pf, const char *path, struct reason *why)
{
	int fd;

	*pf = PID_FILE_NONE;
	for (;;) {
		fd = open(
			path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
		if (fd == -1)
			return reason_set(why, "pid_file %s: %s%s", path,
				strerror(errno), remedy(errno));
		if (try_lock(fd) == -1) {
			int error = errno;

			close(fd);
			errno = error;
			return refuse(path, why);
		}
		if (is_at(fd, path))
			break;
		close(fd);
	}

	pf->fd = fd;
	pf->path = strdup(path);
	assert(pf->path != NULL);
	return 0;
}

int
pid_file_write(const struct pid_file *pf)
{
	char text[32];
	int len = snprintf(text, sizeof(text), "%ld\n", (long)getpid());

	if (pf->fd == -1)
		return 0;
	if (ftruncate(pf->fd, 0) == -1)
		return -1;
	return pwrite(pf->fd, text, (size_t)len, 0) == len ? 0 : -1;
}

void
pid_file_close(struct pid_file *pf)
{
	if (pf->fd == -1)
		return;
	if (is_at(pf->fd, pf->path))
		unlink(pf->path);
	close(pf->fd);
	free(pf->path);
	*pf = PID_FILE_NONE;
}

int
pid_file_claim(const struct pid_file *now, struct pid_file *next,
	const char *path, struct reason *why)
{
	if (path == NULL || (now->fd != -1 && strcmp(now->path, path) == 0))
		return 0;
	return pid_file_open(next, path, why);
}

int
pid_file_replace(struct pid_file *now, struct pid_file *next)
{
	if (next->fd == -1)
		return 0;
	pid_file_close(now);
	*now = *next;
	*next = PID_FILE_NONE;
	return pid_file_write(now);
}

/* The lock names its holder, except across pid name spaces; there the text
 * has to do. */
static pid_t
holder_of(int fd)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	char text[32] = "";

	if (fcntl(fd, F_GETLK, &lock) == -1)
		return -1;
	if (lock.l_type == F_UNLCK)
		return 0;
	if (lock.l_pid > 0)
		return lock.l_pid;
	if (pread(fd, text, sizeof(text) - 1, 0) == -1)
		return -1;
	return (pid_t)strtol(text, NULL, 10);
}

pid_t
pid_file_holder(const char *path)
{
	int error, fd = open(path, O_RDONLY | O_CLOEXEC);
	pid_t pid;

	if (fd == -1)
		return errno == ENOENT ? 0 : -1;
	pid = holder_of(fd);
	error = errno;
	close(fd);
	errno = error;
	return pid;
}
