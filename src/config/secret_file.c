/*
 * Only regular files are read, and never a file that makes the master wait for
 * a writer.
 * SPDX-License-Identifier: MIT
 */
#include "config/secret_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/secret.h"
#include "config/read.h"

enum { LARGEST = 1024 * 1024 }; /* bytes */

static const char *
remedy_for(int error)
{
	switch (error) {
	case ENOENT:
	case ENOTDIR:
		return "; correct the path or create the file";
	case EACCES:
		return "; the master reads it with the rights of its user: "
		       "start prong as root or let this user read it";
	}
	return "";
}

/* A command runs with the rights of its user, which are not the master's. */
static void
report_unreadable(struct reader *r, const char *path, int error)
{
	if (error == EACCES && r->is_command)
		reader_warn(r, "%s was not checked: %s", path, strerror(error));
	else
		reader_report(r, JSON_POSITION_VALUE, "cannot read %s: %s%s",
			path, strerror(error), remedy_for(error));
}

/* 0, or an errno. */
static int
read_all(int fd, char *to, size_t len)
{
	size_t done = 0;
	ssize_t n;

	while (done < len) {
		n = read(fd, to + done, len - done);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return errno;
		if (n == 0)
			return EIO; /* the file became shorter */
		done += (size_t)n;
	}
	return 0;
}

static void
check_mode(struct reader *r, const char *path, mode_t mode)
{
	enum { OTHERS = 077 };

	if (mode & OTHERS)
		reader_warn(r, "%s may be read by %s (mode %04o): chmod 600",
			path, mode & 07 ? "everyone" : "its group",
			(unsigned)mode & 07777);
}

static bool
is_readable(const struct stat *st)
{
	return S_ISREG(st->st_mode) && st->st_size > 0 &&
	       st->st_size <= LARGEST;
}

/* 0, or an errno.  The file is closed before anything is reported, which may
 * leave the reading at once. */
static int
read_file(
	struct reader *r, const char *path, struct stat *st, struct span *bytes)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	int error = 0;
	struct secret *s;

	if (fd == -1)
		return errno;
	if (fstat(fd, st) == -1) {
		error = errno;
	} else if (is_readable(st)) {
		s = secret_new(&r->conf->secrets, (size_t)st->st_size);
		error = s == NULL ? errno : read_all(fd, s->bytes, s->len);
		if (error == 0)
			*bytes = (struct span){ s->bytes, s->len };
	}
	close(fd);
	return error;
}

static void
report_contents(struct reader *r, const char *path, const struct stat *st,
	unsigned flags)
{
	if (!S_ISREG(st->st_mode))
		reader_report(r, JSON_POSITION_VALUE,
			"%s is not a regular file", path);
	else if (!is_readable(st))
		reader_report(r, JSON_POSITION_VALUE, "%s is %s", path,
			st->st_size == 0 ? "empty" : "larger than 1 MiB");
	else if (flags & SECRET_FILE_IS_KEY)
		check_mode(r, path, st->st_mode);
}

struct span
secret_file_read(struct reader *r, const char *key, const char *path,
	unsigned flags, struct conf_stamp *stamp)
{
	struct span all = SPAN("");
	struct stat st;
	int error;

	if (r->is_alone)
		return all;
	reader_enter(r, key);
	error = read_file(r, path, &st, &all);
	if (error != 0)
		report_unreadable(r, path, error);
	else
		report_contents(r, path, &st, flags);
	if (stamp != NULL && all.len > 0)
		*stamp = conf_stamp_of(&st);
	reader_leave(r);
	return all;
}
