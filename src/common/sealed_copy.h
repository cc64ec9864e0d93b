/*
 * A copy of a file in memory that nothing can change any more.
 * SPDX-License-Identifier: MIT
 */
#ifndef SEALED_COPY_H
#define SEALED_COPY_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Copies the regular file, which must not be written to meanwhile.  Returns a
 * descriptor (memfd_create(2), close-on-exec), or -1 with errno; EBUSY: it is
 * being written.  May wait for a disk.
 */
int sealed_copy_open(const char *path);

/*
 * For a copy of what is no file: writes all bytes to a descriptor of
 * memfd_create(2); ends the changes of it.  Return 0, or -1 with errno.
 */
int sealed_copy_write(int fd, const char *bytes, size_t len);
int sealed_copy_seal(int fd);

/* Returns true if the descriptor is such a copy. */
bool sealed_copy_is_valid(int fd);

#endif
