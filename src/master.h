/*
 * The master: owns the sockets and the configuration, starts workers and
 * replaces them.  It never reads a byte from a client.
 * SPDX-License-Identifier: MIT
 */
#ifndef MASTER_H
#define MASTER_H

#include <stdbool.h>

#include "common/conf.h"
#include "common/heritage.h"
#include "common/proctitle.h"
#include "reconfig/config_checker.h"

/* What a run of the master starts from. */
struct master_plan {
	struct conf_reader reader;
	const char *what; /* the file or directory: for title and log */
	const char *version;
	int (*worker)(const struct heritage *);
	struct proctitle *title; /* NULL: leave it alone */
	const char *program;     /* that was executed, and its arguments: */
	char *const *argv;       /* an upgrade executes them again */
	/* Called when the first generation serves; NULL: not at all. */
	void (*on_serving)(int daemon_fd);
	int daemon_fd; /* for on_serving */
	bool is_daemon;
	bool is_greeting; /* print on stdout what is served */
};

/*
 * Serves until a signal or a command ends it.  The result is for exit(2): 0
 * after a drain or a stop, 1 if the server could not start, with the reason on
 * stderr.
 */
int master_run(const struct master_plan *);

#endif
