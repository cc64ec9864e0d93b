/*
 * A file system that takes its time: a directory seen through FUSE, read only,
 * where each lookup, open and read waits so many milliseconds.
 *
 *   slow_fs DIRECTORY MOUNTPOINT MILLISECONDS
 *
 * It stays in the foreground until it is told to end (SIGTERM).
 * SPDX-License-Identifier: MIT
 */
#define FUSE_USE_VERSION 31

#include <errno.h>
#include <fcntl.h>
#include <fuse.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static struct slow_fs {
	int root;
	int ms;
} fs;

static void
wait_a_while(void)
{
	poll(NULL, 0, fs.ms);
}

static const char *
below(const char *path)
{
	return path[1] == '\0' ? "." : path + 1;
}

/* Exits at once: the test, which has mounted it, unmounts it. */
static void
on_term(int number)
{
	(void)number;
	_exit(0);
}

/* Nothing is remembered by the kernel: each request asks again. */
static void *
on_init(struct fuse_conn_info *conn, struct fuse_config *config)
{
	(void)conn;
	signal(SIGTERM, on_term);
	config->entry_timeout = 0;
	config->attr_timeout = 0;
	config->negative_timeout = 0;
	return NULL;
}

/* A lookup, too. */
static int
on_getattr(const char *path, struct stat *st, struct fuse_file_info *info)
{
	(void)info;
	if (path[1] != '\0')
		wait_a_while();
	return fstatat(fs.root, below(path), st, AT_SYMLINK_NOFOLLOW) == -1
		       ? -errno
		       : 0;
}

static int
on_open(const char *path, struct fuse_file_info *info)
{
	int fd = openat(fs.root, below(path), O_RDONLY | O_CLOEXEC);

	wait_a_while();
	if (fd == -1)
		return -errno;
	info->fh = (uint64_t)fd;
	return 0;
}

static int
on_read(const char *path, char *to, size_t len, off_t offset,
	struct fuse_file_info *info)
{
	ssize_t n = pread((int)info->fh, to, len, offset);

	(void)path;
	wait_a_while();
	return n == -1 ? -errno : (int)n;
}

static int
on_release(const char *path, struct fuse_file_info *info)
{
	(void)path;
	close((int)info->fh);
	return 0;
}

int
main(int argc, char **argv)
{
	static const struct fuse_operations operations = {
		.init = on_init,
		.getattr = on_getattr,
		.open = on_open,
		.read = on_read,
		.release = on_release,
	};
	static char foreground[] = "-f", option[] = "-o",
		    options[] = "ro,allow_other,default_permissions";
	char *args[] = { argv[0], foreground, option, options,
		argc == 4 ? argv[2] : NULL, NULL };

	if (argc != 4) {
		fprintf(stderr, "usage: %s DIRECTORY MOUNTPOINT MS\n", argv[0]);
		return 2;
	}
	fs.root = open(argv[1], O_PATH | O_DIRECTORY | O_CLOEXEC);
	fs.ms = (int)strtol(argv[3], NULL, 10);
	if (fs.root == -1) {
		perror(argv[1]);
		return 1;
	}
	return fuse_main(5, args, &operations, NULL);
}
