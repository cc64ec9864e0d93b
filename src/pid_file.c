/*
 * Opens, locks, writes and removes the pid file.
 * SPDX-License-Identifier: MIT
 */
#include "pid_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MODE = 0600, ATTEMPTS = 8, NAME_SIZE = PID_FILE_NAME_SIZE };

/* Returns true if the path names this file itself, not a symbolic link to
 * it. */
static bool
is_at(int fd, const char *path)
{
	struct stat ours, there;

	return fstat(fd, &ours) == 0 && lstat(path, &there) == 0 &&
	       ours.st_dev == there.st_dev && ours.st_ino == there.st_ino;
}

/* A master locks the whole file.  During an upgrade the old master keeps
 * only the first byte, so that the new one can lock the rest. */
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
set_lock(int fd, short type, enum part part)
{
	struct flock l = make_lock(type, part);

	return fd == -1 ? 0 : fcntl(fd, F_SETLK, &l);
}

static const char *
find_remedy(int error)
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

/* ---- the holder of the lock ---------------------------------------------- */

/* As the kernel names it; "": it cannot be seen. */
static void
find_name(pid_t pid, char name[NAME_SIZE])
{
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%ld/comm", (long)pid);
	name[0] = '\0';
	f = fopen(path, "re");
	if (f == NULL)
		return;
	if (fgets(name, NAME_SIZE, f) == NULL)
		name[0] = '\0';
	name[strcspn(name, "\n")] = '\0';
	fclose(f);
}

/*
 * Write locks alone count: a master has no others, and a process that may read
 * the file could lock it for reading.  0: there is none, *pid is not set; -1
 * with errno. *pid is not positive where the process is in another pid name
 * space, or has a lock that belongs to no process.
 */
static int
find_lock(int fd, enum part part, pid_t *pid)
{
	struct flock held = make_lock(F_RDLCK, part);

	if (fcntl(fd, F_GETLK, &held) == -1)
		return -1;
	*pid = held.l_pid;
	return held.l_type != F_UNLCK;
}

/* errno: of the lock. */
static int
refuse_file(int fd, const char *path, struct error_text *why)
{
	char name[NAME_SIZE], ours[NAME_SIZE];
	int error = errno;
	pid_t pid = 0;

	if (error != EAGAIN && error != EACCES)
		return error_text_set(
			why, "pid_file %s: lock: %s", path, strerror(error));
	if (find_lock(fd, WHOLE, &pid) != 1 || pid <= 0)
		return error_text_set(why,
			"pid_file %s: locked by a process that cannot be seen "
			"from here, in another container perhaps: stop it or "
			"change \"pid_file\"",
			path);
	find_name(pid, name);
	find_name(getpid(), ours);
	if (name[0] != '\0' && strcmp(name, ours) != 0)
		return error_text_set(why,
			"pid_file %s: locked by pid %ld, %s: stop it or "
			"change \"pid_file\"",
			path, (long)pid, name);
	return error_text_set(why,
		"pid_file %s: held by pid %ld; another server runs: "
		"stop it or change \"pid_file\"",
		path, (long)pid);
}

/* ---- opening ------------------------------------------------------------- */

static bool
try_lock(struct pid_file *pf, int fd, bool may_share)
{
	pf->is_shared = false;
	if (set_lock(fd, F_WRLCK, WHOLE) == 0)
		return true;
	pf->is_shared = may_share && set_lock(fd, F_WRLCK, REST) == 0;
	return pf->is_shared;
}

/* A file that a crash left behind may be locked by any process that can read
 * it. It belongs to no server, and is replaced by a new file, which no other
 * user can read. */
static bool
give_way(int fd, const char *path)
{
	int error = errno;
	pid_t unused;
	bool is_strangers = (error == EAGAIN || error == EACCES) &&
			    find_lock(fd, WHOLE, &unused) == 0;

	if (is_strangers && is_at(fd, path))
		unlink(path);
	errno = error;
	return is_strangers;
}

/* A number and a newline, or what a crash of the machine leaves: nothing, or
 * zeros. */
static bool
is_pid_file(int fd)
{
	char text[NAME_SIZE];
	struct stat st;
	ssize_t n;

	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode))
		return false;
	n = pread(fd, text, sizeof(text), 0);
	if (n == -1 || n == (ssize_t)sizeof(text))
		return false;
	for (ssize_t i = 0; i < n; i++)
		if (text[i] != '\0' && strchr("0123456789 \n", text[i]) == NULL)
			return false;
	return true;
}

/* The file, locked; its name may have gone elsewhere between open and lock.
 * -1 with the reason. */
static int
open_locked(struct pid_file *pf, const char *path, bool may_share,
	struct error_text *why)
{
	for (int i = 0; i < ATTEMPTS; i++) {
		int fd = open(
			path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, MODE);
		bool is_locked;

		if (fd == -1)
			return error_text_set(why, "pid_file %s: %s%s", path,
				strerror(errno), find_remedy(errno));
		if (!is_pid_file(fd)) {
			close(fd);
			return error_text_set(why,
				"pid_file %s: it is no pid file and would be "
				"overwritten: remove it or change \"pid_file\"",
				path);
		}
		is_locked = try_lock(pf, fd, may_share);
		if (is_locked && is_at(fd, path))
			return fd;
		if (!is_locked && !give_way(fd, path)) {
			refuse_file(fd, path, why);
			close(fd);
			return -1;
		}
		close(fd);
	}
	return error_text_set(
		why, "pid_file %s: replaced again and again", path);
}

/* No other user may read it, since a reader could lock it. */
static void
close_to_others(int fd)
{
	struct stat st;

	if (fstat(fd, &st) == 0 && (st.st_mode & 077) != 0)
		(void)!fchmod(fd, MODE);
}

/* A process that has ended and waits for its parent has no program. */
static bool
has_program(pid_t pid)
{
	char path[64], program[8];

	snprintf(path, sizeof(path), "/proc/%ld/exe", (long)pid);
	return readlink(path, program, sizeof(program)) != -1 ||
	       errno == EACCES;
}

/* No process holds the lock, but the number may be that of a server of another
 * kind, or of one whose file was copied. */
static void
find_former(struct pid_file *pf)
{
	char text[NAME_SIZE] = "";
	pid_t pid;

	if (pread(pf->fd, text, sizeof(text) - 1, 0) <= 0)
		return;
	pid = (pid_t)strtol(text, NULL, 10);
	if (pid <= 0 || pid == getpid() || !has_program(pid))
		return;
	pf->former.pid = pid;
	find_name(pid, pf->former.name);
}

static int
open_file(struct pid_file *pf, const char *path, bool may_share,
	struct error_text *why)
{
	char *copy = strdup(path);

	*pf = PID_FILE_NONE;
	if (copy == NULL)
		return error_text_no_memory(why, "pid_file");
	pf->fd = open_locked(pf, path, may_share, why);
	if (pf->fd == -1) {
		free(copy);
		return -1;
	}
	pf->path = copy;
	close_to_others(pf->fd);
	if (!may_share)
		find_former(pf);
	if (pid_file_write(pf) == 0)
		return 0;
	error_text_set(
		why, "pid_file %s: cannot write: %s", path, strerror(errno));
	pid_file_close(pf);
	return -1;
}

int
pid_file_write(const struct pid_file *pf)
{
	char text[32];
	int len = snprintf(text, sizeof(text), "%ld\n", (long)getpid());

	if (pf->fd == -1 || pf->is_shared)
		return 0;
	/* At no moment may a reader find it empty.  A write is cut where the
	 * disk is full. */
	errno = ENOSPC;
	if (pwrite(pf->fd, text, (size_t)len, 0) != len)
		return -1;
	return ftruncate(pf->fd, len);
}

void
pid_file_close(struct pid_file *pf)
{
	if (pf->fd != -1 && !pf->is_shared && is_at(pf->fd, pf->path))
		unlink(pf->path);
	if (pf->fd != -1)
		close(pf->fd);
	free(pf->path);
	*pf = PID_FILE_NONE;
}

/* A lock belongs to the process and the file: a second descriptor, once it is
 * closed, would take the lock away (fcntl(2)).  So a file that is held already,
 * by whatever name, is not opened again. */
static int
claim_file(const struct pid_file *now, struct pid_file *next, const char *path,
	bool may_share, struct error_text *why)
{
	if (path == NULL)
		return 0;
	if (now->fd == -1 || !is_at(now->fd, path))
		return open_file(next, path, may_share, why);
	if (strcmp(now->path, path) == 0)
		return 0;
	next->path = strdup(path);
	if (next->path == NULL)
		return error_text_no_memory(why, "pid_file");
	return 0;
}

int
pid_file_claim(const struct pid_file *now, struct pid_file *next,
	const char *path, struct error_text *why)
{
	return claim_file(now, next, path, false, why);
}

/* Two names of one file may be one entry of a directory (/var/run is /run), or
 * two. */
static bool
is_one_entry(const char *one, const char *other)
{
	char a[PATH_MAX], b[PATH_MAX];

	return realpath(one, a) == NULL || realpath(other, b) == NULL ||
	       strcmp(a, b) == 0;
}

static void
change_name(struct pid_file *pf, char *path)
{
	struct stat st;

	if (fstat(pf->fd, &st) == 0 && st.st_nlink > 1 &&
		is_at(pf->fd, pf->path) && !is_one_entry(pf->path, path))
		unlink(pf->path);
	free(pf->path);
	pf->path = path;
}

void
pid_file_replace(struct pid_file *now, struct pid_file *next)
{
	if (next->path == NULL)
		return;
	if (next->fd == -1) {
		change_name(now, next->path);
	} else {
		pid_file_close(now);
		*now = *next;
	}
	*next = PID_FILE_NONE;
}

/* ---- from one master to the next ---------------------------------------- */

int
pid_file_share(const struct pid_file *pf)
{
	return set_lock(pf->fd, F_UNLCK, REST);
}

int
pid_file_keep(const struct pid_file *pf)
{
	return set_lock(pf->fd, F_WRLCK, WHOLE);
}

void
pid_file_hand_over(struct pid_file *pf)
{
	pid_t unused;

	pf->is_shared = pf->fd != -1 && find_lock(pf->fd, REST, &unused) == 1;
	pid_file_close(pf);
}

int
pid_file_inherit(const struct pid_file *now, struct pid_file *next,
	const char *path, struct error_text *why)
{
	return claim_file(now, next, path, true, why);
}

/* If the pid cannot be written, an empty file is better than the old
 * master's pid. */
int
pid_file_take_over(struct pid_file *pf)
{
	int error;

	if (!pf->is_shared)
		return 0;
	if (set_lock(pf->fd, F_WRLCK, WHOLE) == -1)
		return -1;
	pf->is_shared = false;
	if (pid_file_write(pf) == 0)
		return 0;
	error = errno;
	(void)!ftruncate(pf->fd, 0);
	errno = error;
	return -1;
}

/* ---- for the commands --------------------------------------------------- */

/* The lock does not name a process that is seen from here, and the text may
 * stand for another one: it must at least have our name. */
static pid_t
read_holder(int fd)
{
	char text[32] = "", name[NAME_SIZE], ours[NAME_SIZE];
	pid_t pid;

	if (pread(fd, text, sizeof(text) - 1, 0) == -1)
		return -1;
	pid = (pid_t)strtol(text, NULL, 10);
	find_name(pid, name);
	find_name(getpid(), ours);
	if (pid > 0 && name[0] != '\0' && strcmp(name, ours) == 0)
		return pid;
	errno = ESRCH;
	return -1;
}

/* During an upgrade the old master is asked first. */
static pid_t
holder_of(int fd)
{
	pid_t pid = 0;
	int rc = find_lock(fd, FIRST, &pid);

	if (rc == 0)
		rc = find_lock(fd, WHOLE, &pid);
	if (rc <= 0)
		return rc;
	return pid > 0 ? pid : read_holder(fd);
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
