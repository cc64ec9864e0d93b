/*
 * A directory that nothing below it can leave.  The kernel holds the line
 * (openat2 with RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS); where it lacks the
 * call, or a sandbox refuses it, a walk component by component does.
 * SPDX-License-Identifier: MIT
 */
#ifndef ROOT_H
#define ROOT_H

#include <stdbool.h>
#include <sys/stat.h>

struct directory;
struct page_miss;

struct root {
	int fd; /* O_PATH | O_DIRECTORY; -1: missing, ESTALE for any file */
	bool has_openat2;
	bool refuses_links; /* ELOOP for every symbolic link; the caller's */
	bool has_cached;    /* what is in memory can be told from what is not */

	/* The caller's, in a copy: what is not in memory is not waited for,
	 * but EINPROGRESS, and told here.  NULL: it is waited for. */
	struct page_miss *miss;
};

/* 0, or -1 with errno. */
int root_open(struct root *, const char *path);

/* Uses what the worker has inherited: the descriptor is not to be closed. */
void root_inherit(struct root *, const struct directory *);
void root_close(struct root *);

/*
 * Opens path (relative, no leading slash; "" is the root itself) for reading,
 * with O_NONBLOCK so that a FIFO does not block, and fills *st.  Symbolic
 * links are followed as long as they stay below the root.  Regular files and
 * directories only: anything else is EACCES.  The descriptor, or -1 with
 * errno (ENOENT, ENOTDIR, EACCES, ELOOP, EXDEV for a path that leaves the
 * root, ENAMETOOLONG, EMFILE, EINPROGRESS, ESTALE where the root itself was
 * deleted, ...).
 */
int root_open_file(const struct root *, const char *path, struct stat *st);

/* For EINPROGRESS: no status yet. */
enum { ROOT_WAITS = -1 };

/* The HTTP status for such an errno: 404, 403 or 500; 503 for EMFILE
 * and for a directory or file server that has gone; ROOT_WAITS. */
int root_status(int error);

#endif
