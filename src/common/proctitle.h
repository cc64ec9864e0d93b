/*
 * Sets the title that ps(1) shows for a process, by overwriting the arguments
 * and the environment that the kernel laid out at exec.
 * SPDX-License-Identifier: MIT
 */
#ifndef PROCTITLE_H
#define PROCTITLE_H

#include <stddef.h>

struct proctitle {
	char *area; /* from the kernel; not to be freed */
	size_t size;
	char **environment; /* environ, until setenv(3) moves it */
};

/*
 * Finds the memory for titles.  To be called once and first in main(), before
 * anything keeps a pointer into argv or the environment: both are copied to the
 * heap (argv[i] and environ point there afterwards) and live as long as the
 * process.  Also sets the name of the process to "prong" (prctl(2),
 * PR_SET_NAME).
 */
void proctitle_init(struct proctitle *, int argc, char **argv);

/*
 * The title of a worker whose master has gone, by which prong ps finds the
 * worker: its number, generation and connections, the seconds until it ends at
 * the latest, and the control socket of that master, before which
 * PROCTITLE_ORPHAN stands.
 */
#define PROCTITLE_ORPHAN_FORMAT                                                \
	"prong: worker %u (generation %u) draining, %u connections, at most "  \
	"%u s"
#define PROCTITLE_ORPHAN ", without the master of "

/* Sets the title, formatted like printf(3) and cut to the available room. */
void proctitle_set(struct proctitle *, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif
