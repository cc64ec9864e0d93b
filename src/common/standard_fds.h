/*
 * The standard input, output and error of a process.
 * SPDX-License-Identifier: MIT
 */
#ifndef STANDARD_FDS_H
#define STANDARD_FDS_H

/* Opens /dev/null for each that is closed: a program started without them
 * would open a socket as its standard error. */
void standard_fds_fill(void);

/* Makes one of them /dev/null. */
void standard_fds_discard(int fd);

#endif
