/*
 * Unnamed temporary files for data too large for memory; the file exists as
 * long as its descriptor.
 * SPDX-License-Identifier: MIT
 */
#ifndef SPOOL_H
#define SPOOL_H

#include <stddef.h>

/*
 * Creates a file in the directory dir, readable, writable and close-on-exec.
 * Returns -1 with errno.
 */
int spool_open(const char *dir);

/* Appends all bytes. Returns 0, or -1 with errno. */
int spool_write(int fd, const char *bytes, size_t len);

#endif
