/*
 * The master: owns the sockets and the configuration, starts workers and
 * replaces them.  It never reads a byte from a client.
 * SPDX-License-Identifier: MIT
 */
#ifndef MASTER_H
#define MASTER_H

#include <stdbool.h>
#include <stdio.h>

#include "common/conf.h"
#include "common/heritage.h"
#include "common/proctitle.h"

/* What a run of the master starts from. */
struct master_plan {
	/* Reads and checks the configuration, at the start and at a reload;
	 * NULL after writing every error, a line each. */
	struct conf *(*read_conf)(void *arg, FILE *errors);
	/* The same, for the master itself: it waits for no disk. */
	struct conf *(*read_conf_text)(void *arg, FILE *errors);
	void *arg;
	const char *what; /* the file or directory: for title and log */
	const char *version;
	int (*worker)(const struct heritage *);
	struct proctitle *title; /* NULL: leave it alone */
	const char *program;     /* that was executed, and its arguments: */
	char *const *argv;       /* an upgrade executes them again */
	int daemon_fd;           /* from daemon_start(), or -1 */
	bool is_greeting;        /* tell a person on stdout what is served */
};

/*
 * Serves until told to leave.  The result is for exit(2): 0 after a drain or a
 * stop, 1 when it could not start; the reason is on stderr then.
 */
int master_run(const struct master_plan *);

#endif
