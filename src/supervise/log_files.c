/*
 * Opens logs: a file, stdout, stderr, syslog, or none.
 * SPDX-License-Identifier: MIT
 */
#include "supervise/log_files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
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
connect_syslog(const struct sockaddr *to, socklen_t len)
{
	int error, fd = socket(to->sa_family,
			   SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd == -1)
		return LOG_REFUSED;
	/* The daemon may start later, or be between two: see sink.c. */
	if (connect(fd, to, len) == 0 || errno == ENOENT ||
		errno == ECONNREFUSED)
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return LOG_REFUSED;
}

static int
open_syslog(const struct conf_log_file *f)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX,
		.sun_path = SINK_SYSLOG_PATH };

	if (f->syslog_len > 0)
		return connect_syslog(
			(const struct sockaddr *)(const void *)&f->syslog,
			f->syslog_len);
	return connect_syslog(
		(const struct sockaddr *)(const void *)&un, sizeof(un));
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
refuse_setting(const struct conf_log_file *f, const char *name, const char *key,
	const char *value, struct error_text *why)
{
	return error_text_set(why, "%s.%s %s: %s: %s", name, key, value,
		f->path, strerror(errno));
}

/* Gives a file the mode and the group that are configured, unless it has them:
 * another user may own it. */
static int
set_rights(const struct conf_log_file *f, const char *name, int fd,
	struct error_text *why)
{
	struct stat st;

	if ((f->mode_text == NULL && f->group == NULL) ||
		fstat(fd, &st) == -1 || !S_ISREG(st.st_mode))
		return 0;
	if (f->group != NULL && f->gid != st.st_gid &&
		fchown(fd, (uid_t)-1, f->gid) == -1)
		return refuse_setting(f, name, "group", f->group, why);
	if (f->mode_text != NULL && f->mode != (st.st_mode & 07777) &&
		fchmod(fd, f->mode) == -1)
		return refuse_setting(f, name, "mode", f->mode_text, why);
	return 0;
}

static int
open_log(
	const struct conf_log_file *f, const char *name, struct error_text *why)
{
	bool is_syslog = sink_kind_of(f->path, 0) == SINK_SYSLOG;
	char text[ERROR_TEXT_ERRNO];
	int fd;

	if (strcmp(f->path, "off") == 0)
		return LOG_OFF;
	fd = find_standard_fd(f->path);
	if (fd != -1)
		return fd;
	fd = is_syslog ? open_syslog(f) : open_file(f->path);
	if (fd == LOG_REFUSED) {
		error_text_set(why, "%s.path %s: %s%s", name, f->path,
			error_text_errno(errno, text, sizeof(text)),
			find_remedy(errno, is_syslog));
	} else if (set_rights(f, name, fd, why) == -1) {
		close(fd);
		fd = LOG_REFUSED;
	}
	return fd;
}

static void
warn_unconnected(int fd, const struct conf_log_file *f, const char *name,
	struct log *log)
{
	struct sockaddr_storage peer;
	socklen_t len = sizeof(peer);

	if (fd != LOG_OFF && sink_kind_of(f->path, fd) == SINK_SYSLOG &&
		getpeername(fd, (struct sockaddr *)&peer, &len) == -1 &&
		errno == ENOTCONN)
		log_warnx(log,
			"%s.path %s: no syslog daemon listens; lines wait "
			"until one does",
			name, f->path);
}

void
log_files_warn(const struct log_files *files, const struct conf_log *conf,
	struct log *log)
{
	for (unsigned i = 0; i < files->naccess; i++)
		warn_unconnected(files->access[i], &conf->numbered[i]->file,
			conf->numbered[i]->name, log);
	warn_unconnected(files->error, &conf->error, "log.error", log);
}

static void
close_log(int *fd)
{
	if (*fd > STDERR_FILENO)
		close(*fd);
	*fd = LOG_OFF;
}

void
log_files_close(struct log_files *files)
{
	close_log(&files->error);
	for (unsigned i = 0; i < files->naccess; i++)
		close_log(&files->access[i]);
	free(files->access);
	files->access = NULL;
	files->naccess = 0;
}

/* ---- all of them --------------------------------------------------------- */

/* The logs that take the place of those that cannot be opened; log is NULL
 * where there are none. */
struct kept {
	const struct log_files *files;
	struct log *log;
};

/* Keeps *fd where it was opened.  0, or -1. */
static int
keep_log(int *fd, int kept, struct log *log, const struct error_text *why)
{
	*fd = kept == LOG_OFF ? LOG_OFF
			      : fcntl(kept, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	if (*fd == -1 && kept != LOG_OFF)
		return -1;
	log_warnx(log, "%s; the file that is open is still written to",
		why->text);
	return 0;
}

static int
open_or_keep(int *fd, const struct conf_log_file *f, const char *name,
	const struct kept *kept, int kept_fd, struct error_text *why)
{
	*fd = open_log(f, name, why);
	if (*fd != LOG_REFUSED)
		return 0;
	*fd = LOG_OFF;
	return kept->log == NULL ? -1 : keep_log(fd, kept_fd, kept->log, why);
}

static int
open_access(struct log_files *files, const struct conf_log *conf,
	const struct kept *kept, struct error_text *why)
{
	const struct conf_access_log *l;
	int old;

	files->access = calloc(conf->nnumbered + 1, sizeof(*files->access));
	if (files->access == NULL)
		return error_text_no_memory(why, "the access logs");
	for (; files->naccess < conf->nnumbered; files->naccess++) {
		l = conf->numbered[files->naccess];
		old = kept->log != NULL && files->naccess < kept->files->naccess
			      ? kept->files->access[files->naccess]
			      : LOG_OFF;
		if (open_or_keep(&files->access[files->naccess], &l->file,
			    l->name, kept, old, why) == -1)
			return -1;
	}
	return 0;
}

static int
open_all(struct log_files *files, const struct conf_log *conf,
	const struct kept *kept, struct error_text *why)
{
	*files = (struct log_files){ .error = LOG_OFF };
	if (open_access(files, conf, kept, why) == 0 &&
		open_or_keep(&files->error, &conf->error, "log.error", kept,
			kept->log == NULL ? LOG_OFF : kept->files->error,
			why) == 0)
		return 0;
	log_files_close(files);
	return -1;
}

int
log_files_open(struct log_files *files, const struct conf_log *conf,
	struct error_text *why)
{
	return open_all(files, conf, &(struct kept){ NULL, NULL }, why);
}

int
log_files_open_or_keep(struct log_files *files, const struct conf_log *conf,
	const struct log_files *kept, struct log *log, struct error_text *why)
{
	return open_all(files, conf, &(struct kept){ kept, log }, why);
}

/* ---- the master's sink --------------------------------------------------- */

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
	sink_switch(sink, sink_kind_of(conf->error.path, fd), fd);
	conf_log_file_apply(&conf->error, sink, "error");
	sink->is_json = conf->error_is_json;
	return 0;
}
