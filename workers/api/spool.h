/*
 * A file without a name, for what is too large for memory: it is gone with its
 * descriptor.
 * SPDX-License-Identifier: MIT
 */
#ifndef SPOOL_H
#define SPOOL_H

#include <stddef.h>

/* In the folder dir: read and written, closed by exec; -1 with errno. */
int spool_open(const char *dir);

/* Appends all of it: 0, or -1 with errno. */
int spool_write(int fd, const char *bytes, size_t len);

#endif
