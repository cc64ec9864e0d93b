/*
 * A directory that is opened once, for opening files below it: the descriptor
 * and what the kernel and its file system can do.
 * SPDX-License-Identifier: MIT
 */
#ifndef DIRECTORY_H
#define DIRECTORY_H

#include <stdbool.h>
#include <stdint.h>

struct directory {
	int fd;           /* O_PATH | O_DIRECTORY; -1: none */
	bool has_openat2; /* directory_openat2() works */
	bool has_cached;  /* and tells what is in memory from what is not */
};

/* How directory_openat2() resolves a path, beside confining it. */
enum {
	DIRECTORY_CACHED = 1,   /* from memory alone: EAGAIN where it is not,
				   EXDEV for another file system below */
	DIRECTORY_NO_LINKS = 2, /* ELOOP for a symbolic link */
};

/* Opens it, and asks for permission to enter it.  May wait for a disk.  0, or
 * -1 with errno. */
int directory_open(struct directory *, const char *path);

/* Two paths lead to one directory when these are the same.  One that is mounted
 * at two places may have other file systems below it at each. */
struct directory_id {
	uint64_t device, inode;
	uint64_t mount; /* 0: not known */
};

/* May wait for a disk.  0, or -1 with errno. */
int directory_identify(const struct directory *, struct directory_id *);

/* Identifies what a path leads to now, without opening it.  May wait for a
 * disk.  0, or -1 with errno: ENOTDIR if it is not a directory. */
int directory_identify_path(const char *, struct directory_id *);

/* Was it deleted?  Does not wait for a disk. */
bool directory_is_deleted(int fd);

static inline bool
directory_is_same(const struct directory_id *a, const struct directory_id *b)
{
	return a->device == b->device && a->inode == b->inode &&
	       a->mount == b->mount;
}

/* Does its file system keep the attributes of open files in memory, and ask no
 * other machine or process about them? */
bool directory_is_local(int fd);

/* openat(2) of a path that the kernel confines to the directory.  ENOSYS or
 * EPERM: the kernel lacks the call, or a sandbox refuses it. */
int directory_openat2(int fd, const char *path, int flags, unsigned how);

#endif
