/*
 * Opens logs: a file, stdout, stderr, syslog, or none.
 * SPDX-License-Identifier: MIT
 */
#include "supervise/log_files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum {
	LOG_OFF = -1,
	LOG_REFUSED = -2,
	LOG_MODE = 0640,
};

static int
open_syslog(void)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX,
		.sun_path = "/dev/log" };
	int error, fd = socket(AF_UNIX,
			   SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd == -1)
		return LOG_REFUSED;
	if (connect(fd, (struct sockaddr *)&un, sizeof(un)) == 0)
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return LOG_REFUSED;
}

/* Returns true if only root can put another file in the place of this one. */
static bool
is_roots_alone(int dir)
{
	struct stat st;

	return fstat(dir, &st) == 0 && st.st_uid == 0 &&
	       (st.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

/* With O_NONBLOCK a FIFO without a reader is an error; without it open(2)
 * would wait. */
static int
open_at(int dir, const char *name, int flags)
{
	int fd = openat(dir, name,
		O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK |
			O_NOCTTY | flags,
		LOG_MODE);

	return fd == -1 ? LOG_REFUSED : fd;
}

/* Where another user may create a symbolic link, root must not write through
 * it, since clients choose what log lines contain. */
static int
open_as_root(const char *path)
{
	const char *slash = strrchr(path, '/');
	char dir[PATH_MAX];
	int at, fd, error;

	if (slash == NULL || (size_t)(slash - path) + 2 > sizeof(dir)) {
		errno = slash == NULL ? EINVAL : ENAMETOOLONG;
		return LOG_REFUSED;
	}
	memcpy(dir, path, (size_t)(slash - path) + 1);
	dir[slash - path + 1] = '\0';
	at = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (at == -1)
		return LOG_REFUSED;
	fd = open_at(at, slash + 1, is_roots_alone(at) ? 0 : O_NOFOLLOW);
	error = errno;
	close(at);
	errno = error;
	return fd;
}

static int
open_file(const char *path)
{
	return geteuid() == 0 ? open_as_root(path) : open_at(AT_FDCWD, path, 0);
}

static const char *
find_remedy(int error, bool is_syslog)
{
	if (is_syslog)
		return "; is a syslog daemon running?";
	if (error == ENOENT)
		return "; create its directory or change the path";
	if (error == EACCES)
		return "; let this user write there or change the path";
	if (error == ELOOP)
		return "; root writes through no symbolic link in a directory "
		       "of another user: name the file itself";
	return "";
}

/*
 * Returns the descriptor that the path names, or -1.  A socket, as systemd
 * makes standard output one, cannot be opened by such a name.
 */
static int
find_standard_fd(const char *path)
{
	static const struct {
		const char *path;
		int fd;
	} names[] = {
		{ "stdout", STDOUT_FILENO },
		{ "/dev/stdout", STDOUT_FILENO },
		{ "/dev/fd/1", STDOUT_FILENO },
		{ "/proc/self/fd/1", STDOUT_FILENO },
		{ "stderr", STDERR_FILENO },
		{ "/dev/stderr", STDERR_FILENO },
		{ "/dev/fd/2", STDERR_FILENO },
		{ "/proc/self/fd/2", STDERR_FILENO },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(path, names[i].path) == 0)
			return names[i].fd;
	return -1;
}

static int
open_log(const char *path, const char *name, struct error_text *why)
{
	bool is_syslog = strcmp(path, "syslog") == 0;
	int fd;

	if (strcmp(path, "off") == 0)
		return LOG_OFF;
	fd = find_standard_fd(path);
	if (fd != -1)
		return fd;
	fd = is_syslog ? open_syslog() : open_file(path);
	if (fd == LOG_REFUSED)
		error_text_set(why, "log.%s.path %s: %s%s", name, path,
			strerror(errno), find_remedy(errno, is_syslog));
	return fd;
}

static void
close_log(int *fd)
{
	if (*fd > STDERR_FILENO)
		close(*fd);
	*fd = LOG_OFF;
}

int
log_files_open(struct log_files *files, const struct conf_log *conf,
	struct error_text *why)
{
	int access, error;

	*files = (struct log_files){ LOG_OFF, LOG_OFF };
	access = open_log(conf->access_path, "access", why);
	if (access == LOG_REFUSED)
		return -1;
	error = open_log(conf->error_path, "error", why);
	if (error == LOG_REFUSED) {
		close_log(&access);
		return -1;
	}
	*files = (struct log_files){ access, error };
	return 0;
}

/* Keeps *fd where it was opened.  0, or -1. */
static int
keep_log(int *fd, int kept, struct log *log, const struct error_text *why)
{
	if (*fd != LOG_REFUSED)
		return 0;
	*fd = kept == LOG_OFF ? LOG_OFF
			      : fcntl(kept, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	if (*fd == -1 && kept != LOG_OFF)
		return -1;
	log_warnx(log, "%s; the file that is open is still written to",
		why->text);
	return 0;
}

int
log_files_open_or_keep(struct log_files *files, const struct conf_log *conf,
	const struct log_files *kept, struct log *log, struct error_text *why)
{
	*files = (struct log_files){ LOG_OFF, LOG_OFF };
	files->access = open_log(conf->access_path, "access", why);
	if (keep_log(&files->access, kept->access, log, why) == -1)
		return -1;
	files->error = open_log(conf->error_path, "error", why);
	if (keep_log(&files->error, kept->error, log, why) == 0)
		return 0;
	close_log(&files->access);
	return -1;
}

void
log_files_close(struct log_files *files)
{
	close_log(&files->access);
	close_log(&files->error);
}

static enum sink_kind
kind_of(const char *path)
{
	if (strcmp(path, "off") == 0)
		return SINK_OFF;
	return strcmp(path, "syslog") == 0 ? SINK_SYSLOG : SINK_FD;
}

int
log_files_sink(const struct log_files *files, const struct conf_log *conf,
	struct sink *sink)
{
	int fd = files->error;

	if (fd > STDERR_FILENO) {
		fd = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
		if (fd == -1)
			return -1;
	}
	sink_switch(sink, fd == -1 ? SINK_OFF : kind_of(conf->error_path), fd);
	return 0;
}
