/*
 * What ps(1) shows of a process.  The title is written over the arguments and
 * the environment that the kernel laid out at exec.
 * SPDX-License-Identifier: MIT
 */
#ifndef PROCTITLE_H
#define PROCTITLE_H

#include <stddef.h>

struct proctitle {
	char *area; /* the kernel's; not ours to free */
	size_t size;
	char **environment; /* environ, until setenv(3) moves it */
};

/*
 * To be called once, first in main(), before anyone keeps a pointer into argv
 * or the environment: both are moved to the heap (argv[i] and environ point
 * there afterwards) and live as long as the process.  Names the process
 * "prong" as well (prctl(2), PR_SET_NAME).
 */
void proctitle_init(struct proctitle *, int argc, char **argv);

/* The title from now on; cut when it is longer than the room there is. */
void proctitle_set(struct proctitle *, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif
