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

/* A master locks the whole file.  Over an upgrade the old one keeps the first
 * byte alone, so that the new one can lock the rest. */
enum part { WHOLE, FIRST, REST };

static struct flock
make_lock(short type, enum part part)
{
	return (struct flock){ .l_type = type,
		.l_whence = SEEK_SET,
		.l_start = part == REST,
		.l_len = part == FIRST };
}

static int
lock(int fd, short type, enum part part)
{
	struct flock l = make_lock(type, part);

	return fd == -1 ? 0 : fcntl(fd, F_SETLK, &l);
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
refuse(const char *path, struct error_text *why)
{
	if (errno == EAGAIN || errno == EACCES)
		return error_text_set(why,
			"pid_file %s: held by pid %ld; another server runs: "
			"stop it or change \"pid_file\"",
			path, (long)pid_file_holder(path));
	return error_text_set(
		why, "pid_file %s: lock: %s", path, strerror(errno));
}

static bool
try_lock(struct pid_file *pf, int fd, bool may_share)
{
	pf->is_shared = false;
	if (lock(fd, F_WRLCK, WHOLE) == 0)
		return true;
	pf->is_shared = may_share && lock(fd, F_WRLCK, REST) == 0;
	return pf->is_shared;
}

static int
open_file(struct pid_file *pf, const char *path, bool may_share,
	struct error_text *why)
{
	int fd;

	*pf = PID_FILE_NONE;
	for (;;) {
		fd = open(
			path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
		if (fd == -1)
			return error_text_set(why, "pid_file %s: %s%s", path,
				strerror(errno), remedy(errno));
		if (!try_lock(pf, fd, may_share)) {
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
pid_file_open(struct pid_file *pf, const char *path, struct error_text *why)
{
	return open_file(pf, path, false, why);
}

int
pid_file_write(const struct pid_file *pf)
{
	char text[32];
	int len = snprintf(text, sizeof(text), "%ld\n", (long)getpid());

	if (pf->fd == -1 || pf->is_shared)
		return 0;
	/* At no moment may a reader find it empty. */
	if (pwrite(pf->fd, text, (size_t)len, 0) != len)
		return -1;
	return ftruncate(pf->fd, len);
}

void
pid_file_close(struct pid_file *pf)
{
	if (pf->fd == -1)
		return;
	if (!pf->is_shared && is_at(pf->fd, pf->path))
		unlink(pf->path);
	close(pf->fd);
	free(pf->path);
	*pf = PID_FILE_NONE;
}

int
pid_file_claim(const struct pid_file *now, struct pid_file *next,
	const char *path, struct error_text *why)
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

/* ---- from one master to the next ---------------------------------------- */

int
pid_file_share(const struct pid_file *pf)
{
	return lock(pf->fd, F_UNLCK, REST);
}

int
pid_file_keep(const struct pid_file *pf)
{
	return lock(pf->fd, F_WRLCK, WHOLE);
}

void
pid_file_hand_over(struct pid_file *pf)
{
	struct flock rest = make_lock(F_WRLCK, REST);

	pf->is_shared = pf->fd != -1 && fcntl(pf->fd, F_GETLK, &rest) == 0 &&
			rest.l_type != F_UNLCK;
	pid_file_close(pf);
}

int
pid_file_inherit(struct pid_file *pf, const char *path, struct error_text *why)
{
	*pf = PID_FILE_NONE;
	return path == NULL ? 0 : open_file(pf, path, true, why);
}

int
pid_file_take_over(struct pid_file *pf)
{
	if (!pf->is_shared)
		return 0;
	if (lock(pf->fd, F_WRLCK, WHOLE) == -1)
		return -1;
	pf->is_shared = false;
	return pid_file_write(pf);
}

/* ---- for the commands --------------------------------------------------- */

/* The lock names its holder, except across pid name spaces; there the text
 * has to do.  Of two masters the old one is asked first. */
static pid_t
holder_of(int fd)
{
	struct flock held = make_lock(F_WRLCK, FIRST);
	char text[32] = "";

	if (fcntl(fd, F_GETLK, &held) == -1)
		return -1;
	if (held.l_type == F_UNLCK) {
		held = make_lock(F_WRLCK, WHOLE);
		if (fcntl(fd, F_GETLK, &held) == -1)
			return -1;
	}
	if (held.l_type == F_UNLCK)
		return 0;
	if (held.l_pid > 0)
		return held.l_pid;
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
