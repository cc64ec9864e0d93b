/*
 * The probes run where the directory is opened, because they may wait for its
 * disk: a worker that inherits it never does.
 * SPDX-License-Identifier: MIT
 */
#include "common/directory.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#ifdef __linux__
#include <sys/vfs.h>
#endif
#include <unistd.h>
#ifdef HAVE_LINUX_OPENAT2_H
#include <linux/openat2.h>
#endif

enum { TRIES_MAX = 8 /* of openat2 while renames race with it */ };

#if defined(HAVE_LINUX_OPENAT2_H) && defined(SYS_openat2)
#ifndef RESOLVE_CACHED
#define RESOLVE_CACHED 0x20 /* Linux 5.12 */
#endif

/* Another file system below this one may be of the kind that must always be
 * waited for. */
static unsigned
resolve_of(unsigned how)
{
	unsigned resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;

	if (how & DIRECTORY_CACHED)
		resolve |= RESOLVE_CACHED | RESOLVE_NO_XDEV;
	if (how & DIRECTORY_NO_LINKS)
		resolve |= RESOLVE_NO_SYMLINKS;
	return resolve;
}

int
directory_openat2(int fd, const char *path, int flags, unsigned how)
{
	struct open_how arg = {
		.flags = (unsigned)flags,
		.resolve = resolve_of(how),
	};
	int tries = 0, got;

	/* openat2(2): EAGAIN means that a rename raced with a "..". */
	do
		got = (int)syscall(SYS_openat2, fd, path, &arg, sizeof(arg));
	while (got == -1 && errno == EAGAIN && ++tries < TRIES_MAX &&
		(how & DIRECTORY_CACHED) == 0);
	return got;
}
#else
int
directory_openat2(int fd, const char *path, int flags, unsigned how)
{
	(void)fd, (void)path, (void)flags, (void)how;
	errno = ENOSYS;
	return -1;
}
#endif

/* Those of file systems that have all of an open file's attributes in memory,
 * and ask no other machine or process about them (statfs(2)). */
bool
directory_is_local(int fd)
{
#ifdef __linux__
	static const unsigned long kinds[] = {
		0xef53,     /* ext2, ext3, ext4 */
		0x58465342, /* XFS */
		0x9123683e, /* Btrfs */
		0x01021994, /* tmpfs */
		0x858458f6, /* ramfs */
		0x794c7630, /* overlayfs */
		0xf2f52010, /* F2FS */
		0x2fc12fc1, /* ZFS */
		0xca451a4e, /* bcachefs */
		0x73717368, /* squashfs */
		0xe0f5e1e2, /* EROFS */
	};
	struct statfs fs;

	if (fstatfs(fd, &fs) == -1)
		return false;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if ((unsigned long)fs.f_type == kinds[i])
			return true;
#else
	(void)fd;
#endif
	return false;
}

static bool
can_open(int fd, unsigned how)
{
	int probe = directory_openat2(fd, ".", O_PATH | O_CLOEXEC, how);

	if (probe != -1)
		close(probe);
	return probe != -1;
}

int
directory_open(struct directory *d, const char *path)
{
	int error;

	d->fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (d->fd == -1)
		return -1;
	/* O_PATH asks for no permission on the directory itself. */
	if (faccessat(d->fd, ".", X_OK, 0) == -1) {
		error = errno;
		close(d->fd);
		d->fd = -1;
		errno = error;
		return -1;
	}
	d->has_openat2 = can_open(d->fd, 0);
	d->has_cached =
		can_open(d->fd, DIRECTORY_CACHED) && directory_is_local(d->fd);
	return 0;
}

/* ---- which one it is ----------------------------------------------------- */

#if defined(STATX_MNT_ID) && defined(AT_EMPTY_PATH)
/* A path of "" means the descriptor itself. */
static int
identify_directory(int fd, const char *path, struct directory_id *id)
{
	struct statx st;
	int flags = *path == '\0' ? AT_EMPTY_PATH : 0;

	if (statx(fd, path, flags, STATX_TYPE | STATX_INO | STATX_MNT_ID,
		    &st) == -1)
		return -1;
	if (!S_ISDIR(st.stx_mode)) {
		errno = ENOTDIR;
		return -1;
	}
	id->device = makedev(st.stx_dev_major, st.stx_dev_minor);
	id->inode = st.stx_ino;
	id->mount = st.stx_mask & STATX_MNT_ID ? st.stx_mnt_id : 0;
	return 0;
}

bool
directory_is_deleted(int fd)
{
	struct statx st;

	return statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_NLINK,
		       &st) == 0 &&
	       (st.stx_mask & STATX_NLINK) != 0 && st.stx_nlink == 0;
}
#else
static int
identify_directory(int fd, const char *path, struct directory_id *id)
{
	struct stat st;

	if ((*path == '\0' ? fstat(fd, &st) : stat(path, &st)) == -1)
		return -1;
	if (!S_ISDIR(st.st_mode)) {
		errno = ENOTDIR;
		return -1;
	}
	id->device = st.st_dev;
	id->inode = st.st_ino;
	id->mount = 0;
	return 0;
}

bool
directory_is_deleted(int fd)
{
	(void)fd;
	return false;
}
#endif

int
directory_identify(const struct directory *d, struct directory_id *id)
{
	return identify_directory(d->fd, "", id);
}

int
directory_identify_path(const char *path, struct directory_id *id)
{
	return identify_directory(AT_FDCWD, path, id);
}
