/*
 * prong_part_save(): a part of a form becomes a file, all at once.
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/context.h"
#include "api/spool.h"

enum { MODE = 0644 };

static bool
is_file_name(const char *name)
{
	return name != NULL && name[0] != '\0' && name[0] != '.' &&
	       strchr(name, '/') == NULL && strlen(name) <= 255;
}

/* The file of a large part has no name yet: it gets one, on one file system. */
static int
link_file(int fd, int dir, const char *name)
{
	char path[32];

	if (fchmod(fd, MODE) == -1)
		return -1;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return linkat(AT_FDCWD, path, dir, name, AT_SYMLINK_FOLLOW);
}

static int
copy_content(const struct prong_part *part, int to)
{
	enum { AT_ONCE = 64 * 1024 };
	char buffer[AT_ONCE];
	off_t at = 0;
	ssize_t n;

	if (part->value != NULL)
		return spool_write(to, part->value, part->len);
	while ((n = pread(part->fd, buffer, sizeof(buffer), at)) > 0) {
		if (spool_write(to, buffer, (size_t)n) == -1)
			return -1;
		at += n;
	}
	return n == -1 ? -1 : 0;
}

/* A worker that crashed may have left such a file, and another one may have the
 * same process ID: in a container, where the directory is shared. */
static int
open_temporary(int dir, char *name, size_t size)
{
	enum { TRIES = 100 };
	int fd = -1;

	for (int i = 0; i < TRIES; i++) {
		snprintf(name, size, ".prong-%ld-%d", (long)getpid(), i);
		fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
			MODE);
		if (fd != -1 || errno != EEXIST)
			break;
	}
	return fd;
}

/* Closes fd in any case: a file without a name would take its space on a full
 * disk as long as it is open. */
static int
fill_file(const struct prong_part *part, int fd)
{
	int error = 0;

	if (copy_content(part, fd) == -1 || fchmod(fd, MODE) == -1)
		error = errno;
	if (close(fd) == -1 && error == 0)
		error = errno;
	errno = error;
	return error == 0 ? 0 : -1;
}

/* A reader of the directory never sees half of the file. */
static int
copy_file(const struct prong_part *part, int dir, const char *name)
{
	char temporary[48];
	int fd, error;

	fd = open_temporary(dir, temporary, sizeof(temporary));
	if (fd == -1)
		return -1;
	error = fill_file(part, fd) == -1 ||
				linkat(dir, temporary, dir, name, 0) == -1
			? errno
			: 0;
	unlinkat(dir, temporary, 0);
	errno = error;
	return error == 0 ? 0 : -1;
}

int
prong_part_save(struct prong_context *handle, const struct prong_part *part,
	const char *dir, const char *name)
{
	struct context *ctx = context_find(handle, __func__);
	int at, result = -1, error;

	if (ctx == NULL)
		return -1;
	if (part == NULL || dir == NULL || !is_file_name(name))
		return context_misuse(ctx, __func__,
			"part or dir is NULL, or the name is not that of a "
			"file: it has a slash, begins with a dot or is longer "
			"than 255 bytes");
	at = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (at == -1)
		return -1;
	if (part->fd != -1)
		result = link_file(part->fd, at, name);
	if (result == -1 && (part->fd == -1 || errno == EXDEV ||
				    errno == ENOENT || errno == EPERM))
		result = copy_file(part, at, name);
	error = errno;
	close(at);
	errno = error;
	return result;
}
