/*
 * Checks the configuration in a child process, so that no file can hang or
 * crash the master.
 * SPDX-License-Identifier: MIT
 */
#ifndef CHECKER_H
#define CHECKER_H

#include <ev.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

#include "common/conf.h"
#include "common/error_text.h"

struct checker {
	struct ev_loop *loop;
	pid_t pid; /* 0: not running */
	bool is_late;
	ev_io errors;
	ev_timer limit;
	char *text; /* the child's output */
	size_t len;
	/* Called when the check is done.  errors has one line per error of
	 * the file, or is empty.  Both texts are valid during the call only. */
	void (*on_done)(void *arg, bool is_good, const char *errors,
		const struct error_text *why);
	void *arg;
};

/*
 * Forks the child; on_done will be called from checker_reap().  The child is
 * killed after limit seconds.  *checker must not move meanwhile.  Returns 0, or
 * -1 with the error text.
 */
int checker_start(struct checker *, struct ev_loop *,
	struct conf *(*read_conf)(void *, FILE *), void *read_arg, double limit,
	struct error_text *);

/* Handles the exit of a child: returns true if pid was the checker. */
bool checker_reap(struct checker *, pid_t, int status);

/* Kills the child, if any, without calling on_done. */
void checker_stop(struct checker *);

#endif
