/*
 * Two ways to the same file: the kernel's, and ours.  Ours reads symbolic
 * links itself and never lets the kernel follow one, nor a "..".  Links that
 * leave the root on their way are left to open_real_path():
 *
 *   done     what is walked: real directories only
 *   rest     what is not, with the text of links put in front
 *
 * SPDX-License-Identifier: MIT
 */
#include "file/root.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/close_fd.h"
#include "common/directory.h"
#include "file/page_miss.h"
#include "file/resident_read.h"

enum {
	LINKS_MAX = 40, /* as path_resolution(7) has it */
	READ_FLAGS = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
	PATH_FLAGS = O_PATH | O_CLOEXEC,
	STEP_FLAGS = PATH_FLAGS | O_NOFOLLOW,
};

struct walk {
	int root_fd;
	bool refuses_links;
	int fd; /* of done; root_fd where done is empty */
	int links;
	char done[PATH_MAX]; /* "a/b" */
	char rest[PATH_MAX]; /* "c/d", or "c/d/" for a directory */
};

static bool
is_refused(int error)
{
	return error == ENOSYS || error == EPERM;
}

static int
fail_with(int error)
{
	errno = error;
	return -1;
}

int
root_open(struct root *root, const char *path)
{
	struct directory d;

	if (directory_open(&d, path) == -1) {
		root->fd = -1;
		return -1;
	}
	root_inherit(root, &d);
	return 0;
}

void
root_inherit(struct root *root, const struct directory *d)
{
	*root = (struct root){ .fd = d->fd,
		.has_openat2 = d->has_openat2,
		.has_cached = d->has_cached };
}

void
root_close(struct root *root)
{
	close(root->fd);
	root->fd = -1;
}

static void
step_to(struct walk *w, int fd)
{
	if (w->fd != w->root_fd)
		close_keeping_errno(w->fd);
	w->fd = fd;
}

/* Puts text, a slash and what is left of rest from tail on into rest. */
static int
prepend_text(struct walk *w, const char *text, size_t tail)
{
	size_t len = strlen(text), left = strlen(w->rest + tail);

	if (len + 1 + left >= sizeof(w->rest))
		return fail_with(ENAMETOOLONG);
	memmove(w->rest + len + 1, w->rest + tail, left + 1);
	memcpy(w->rest, text, len);
	/* At the end of the path a slash would ask for a directory. */
	w->rest[len] = left > 0 ? '/' : '\0';
	return 0;
}

/* Handles "..": starts again at the root with one name less, because the parent
 * of a directory that is being moved may lie outside. */
static int
go_up(struct walk *w, size_t tail)
{
	char *slash = strrchr(w->done, '/');

	if (w->done[0] == '\0')
		return fail_with(EXDEV);
	*(slash != NULL ? slash : w->done) = '\0';
	if (prepend_text(w, w->done[0] != '\0' ? w->done : ".", tail) == -1)
		return -1;
	w->done[0] = '\0';
	step_to(w, w->root_fd);
	return 0;
}

static int
follow_link(struct walk *w, int link, size_t tail)
{
	char target[PATH_MAX];
	ssize_t len = readlinkat(link, "", target, sizeof(target) - 1);

	if (len == -1)
		return -1;
	if (w->refuses_links || ++w->links > LINKS_MAX)
		return fail_with(ELOOP);
	target[len] = '\0';
	if (target[0] == '/')
		return fail_with(EXDEV);
	return prepend_text(w, target, tail);
}

static void
drop_first(struct walk *w, size_t tail)
{
	memmove(w->rest, w->rest + tail, strlen(w->rest + tail) + 1);
}

static int
go_down(struct walk *w, int fd, const char *name, size_t tail)
{
	size_t len = strlen(w->done), more = strlen(name);

	if (len + 1 + more >= sizeof(w->done)) {
		close(fd);
		return fail_with(ENAMETOOLONG);
	}
	if (len > 0)
		w->done[len++] = '/';
	memcpy(w->done + len, name, more + 1);
	drop_first(w, tail);
	step_to(w, fd);
	return 0;
}

/* One name that is neither "." nor "..": a link is read, a directory entered.
 * The last name of all comes here too, and is left to walk_path() unless it is
 * a link: 1 then, else 0 or -1. */
static int
take_step(struct walk *w, const char *name, size_t tail)
{
	int fd = openat(w->fd, name, STEP_FLAGS), got;
	struct stat st;

	if (fd == -1)
		return -1;
	got = fstat(fd, &st);
	if (got == 0 && S_ISLNK(st.st_mode))
		got = follow_link(w, fd, tail);
	else if (got == 0 && w->rest[tail] == '\0')
		got = 1;
	else if (got == 0 && !S_ISDIR(st.st_mode))
		got = fail_with(ENOTDIR);
	else if (got == 0)
		return go_down(w, fd, name, tail);
	close_keeping_errno(fd);
	return got;
}

/* Copies the first name of rest.  The offset behind it, 0 if it is too long.
 * An empty name is the end of the path, behind a slash or not. */
static size_t
first_name(const struct walk *w, char name[NAME_MAX + 1])
{
	size_t skip = strspn(w->rest, "/");
	size_t len = strcspn(w->rest + skip, "/");

	if (len > NAME_MAX)
		return 0;
	memcpy(name, w->rest + skip, len);
	name[len] = '\0';
	return skip + len;
}

/* The descriptor, or -1. */
static int
walk_path(struct walk *w)
{
	char name[NAME_MAX + 1];
	size_t tail;
	int got;

	while (w->rest[strspn(w->rest, "/")] != '\0') {
		tail = first_name(w, name);
		if (tail == 0)
			return fail_with(ENAMETOOLONG);
		got = 0;
		if (strcmp(name, ".") == 0)
			drop_first(w, tail);
		else if (strcmp(name, "..") == 0)
			got = go_up(w, tail);
		else
			got = take_step(w, name, tail);
		if (got == -1)
			return -1;
		if (got == 1)
			return openat(w->fd, name, READ_FLAGS | O_NOFOLLOW);
	}
	return openat(w->fd, ".", READ_FLAGS);
}

static int
open_by_walk(const struct root *root, const char *path)
{
	struct walk w; /* its 8 KiB of paths need no zeros */
	int fd;

	if (path[0] == '/')
		return fail_with(EXDEV);
	if (strlen(path) >= sizeof(w.rest))
		return fail_with(ENAMETOOLONG);
	w.root_fd = w.fd = root->fd;
	w.refuses_links = root->refuses_links;
	w.links = 0;
	w.done[0] = '\0';
	strcpy(w.rest, path);
	fd = walk_path(&w);
	step_to(&w, root->fd);
	return fd;
}

static unsigned
resolve_of(const struct root *root)
{
	return root->refuses_links ? DIRECTORY_NO_LINKS : 0;
}

/* Where the kernel cannot tell from memory, a thread that may wait opens it. */
static int
open_from_memory(const struct root *root, const char *path)
{
	int fd, error;

	if (!root->has_cached) {
		page_miss_other(root->miss);
		return fail_with(EINPROGRESS);
	}
	fd = directory_openat2(root->fd, path,
		root->opens_path ? PATH_FLAGS : READ_FLAGS,
		resolve_of(root) | DIRECTORY_CACHED);
	error = errno;
	if (fd != -1 ||
		(error != EAGAIN && error != EXDEV && !is_refused(error)))
		return fd;
	if (error == EAGAIN)
		page_miss_path(root->miss, root->fd, path);
	else
		page_miss_other(root->miss);
	return fail_with(EINPROGRESS);
}

/* Opens a path without leaving the root for a moment. */
static int
open_beneath(const struct root *root, const char *path)
{
	int fd;

	if (!root->has_openat2)
		return open_by_walk(root, path);
	fd = directory_openat2(root->fd, path, READ_FLAGS, resolve_of(root));
	/* A sandbox may have come down since the probe. */
	if (fd == -1 && is_refused(errno))
		return open_by_walk(root, path);
	return fd;
}

/* Reads the path of an open file, without any link in it. */
static bool
find_real_path(int fd, char path[PATH_MAX])
{
	char link[32];
	ssize_t len;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	len = readlink(link, path, PATH_MAX);
	if (len <= 0 || len == PATH_MAX || path[0] != '/')
		return false;
	path[len] = '\0';
	return true;
}

/* Returns what follows the root's path in that of the file, or NULL. */
static const char *
path_below(const char *root, const char *file)
{
	size_t len = strcmp(root, "/") == 0 ? 0 : strlen(root);

	if (strncmp(file, root, len) != 0 ||
		(file[len] != '/' && file[len] != '\0'))
		return NULL;
	return file[len] == '/' && file[len + 1] != '\0' ? file + len + 1 : ".";
}

/*
 * Opens the target of a link that is absolute, or that leaves the root and
 * comes back: the kernel finds where it leads, and if that is below the root,
 * it is opened there as a path without links.
 */
static int
open_real_path(const struct root *root, const char *path)
{
	struct root strict = *root;
	char top[PATH_MAX], real[PATH_MAX];
	const char *below = NULL;
	int fd = openat(root->fd, path, O_PATH | O_CLOEXEC);

	if (fd == -1)
		return fail_with(EXDEV);
	if (find_real_path(root->fd, top) && find_real_path(fd, real))
		below = path_below(top, real);
	close(fd);
	if (below == NULL)
		return fail_with(EXDEV);
	strict.refuses_links = true;
	return open_beneath(&strict, below);
}

static int
open_path(const struct root *root, const char *path)
{
	int fd;

	if (root->fd == -1)
		return fail_with(ROOT_GONE);
	if (root->miss != NULL)
		return open_from_memory(root, path);
	fd = open_beneath(root, path);
	if (fd == -1 && errno == EXDEV && !root->refuses_links &&
		path[0] != '/')
		return open_real_path(root, path);
	return fd;
}

int
root_open_file(const struct root *root, const char *path, struct stat *st)
{
	int fd = open_path(root, path[0] == '\0' ? "." : path);

	/* open(2): ENXIO is a socket, or a device without its driver. */
	if (fd == -1 && (errno == ENXIO || errno == ENODEV))
		errno = ROOT_NOT_REGULAR;
	if (fd == -1 && errno == ENOENT)
		errno = directory_is_deleted(root->fd) ? ROOT_GONE : ENOENT;
	if (fd == -1)
		return -1;
	if (root->first != NULL)
		first_read_run(root->first, fd);
	if (fstat(fd, st) == 0) {
		if (S_ISREG(st->st_mode) || S_ISDIR(st->st_mode))
			return fd;
		errno = ROOT_NOT_REGULAR;
	}
	close_keeping_errno(fd);
	return -1;
}

int
root_status(int error)
{
	switch (error) {
	case EINPROGRESS:
		return ROOT_WAITS;
	case ENOENT:
	case ENOTDIR:
	case ENAMETOOLONG:
	case ELOOP:
	case EXDEV:
		return 404;
	case EACCES:
	case EPERM:
	case ROOT_NOT_REGULAR:
		return 403;
	case EMFILE:
	case ENFILE:
	case ENOMEM:
	case ROOT_GONE:
	case ESTALE:
	case ENOTCONN:
	case EHOSTDOWN:
	case EHOSTUNREACH:
	case ETIMEDOUT:
		return 503;
	default:
		return 500;
	}
}
