/*
 * A directory that no path below it can leave.  openat2(2) with RESOLVE_BENEATH
 * | RESOLVE_NO_MAGICLINKS ensures that; where the kernel lacks the call or a
 * sandbox refuses it, the path is resolved component by component.
 * SPDX-License-Identifier: MIT
 */
#ifndef ROOT_H
#define ROOT_H

#include <errno.h>
#include <stdbool.h>
#include <sys/stat.h>

struct directory;
struct first_read;
struct page_miss;

struct root {
	int fd; /* O_PATH | O_DIRECTORY; -1: missing, ESTALE for any file */
	bool has_openat2;
	bool refuses_links; /* ELOOP for symbolic links; set by the caller */
	bool has_cached;    /* RESOLVE_CACHED works */

	/* Set by the caller, in a copy of the struct: calls that would block
	 * fail with EINPROGRESS and record the cause here.  NULL: they
	 * block. */
	struct page_miss *miss;
	struct first_read *first; /* filled by root_open_file(); or NULL */
	/* Together with miss: the descriptor is an O_PATH one, good for
	 * fstat(2). Nothing asks for permission to read the file. */
	bool opens_path;
};

/* Returns 0, or -1 with errno. */
int root_open(struct root *, const char *path);

/* Uses a directory that the worker inherited; its descriptor stays open. */
void root_inherit(struct root *, const struct directory *);
void root_close(struct root *);

/*
 * Opens path (relative, without a leading slash; "" is the root itself) for
 * reading, with O_NONBLOCK so that a FIFO does not block, and fills *st.
 * Symbolic links are followed as long as they stay below the root.  Files that
 * are neither regular nor directories fail with ROOT_NOT_REGULAR.  Returns the
 * descriptor, or -1 with errno (ENOENT, ENOTDIR, EACCES, ELOOP, EXDEV for a
 * path that leaves the root, ENAMETOOLONG, EMFILE, EINPROGRESS, ROOT_GONE if
 * the root itself was deleted, ...).
 */
int root_open_file(const struct root *, const char *path, struct stat *st);

/* Values of errno with a meaning of their own. */
enum { ROOT_NOT_REGULAR = ENXIO, ROOT_GONE = EIDRM };

/* The "status" of EINPROGRESS. */
enum { ROOT_WAITS = -1 };

/* Returns the HTTP status for an errno of root_open_file(): 404, 403 or 500;
 * 503 for EMFILE and for a root or file server that does not exist any more; or
 * ROOT_WAITS. */
int root_status(int error);

#endif
