/*
 * A process that reads and checks the configuration, so that no file can hang
 * or crash the master.
 * SPDX-License-Identifier: MIT
 */
#ifndef CHECKER_H
#define CHECKER_H

#include <ev.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

#include "common/conf.h"
#include "reason.h"

struct checker {
	struct ev_loop *loop;
	pid_t pid; /* 0: none */
	bool is_late;
	ev_io errors;
	ev_timer limit;
	char *text; /* what it wrote */
	size_t len;
	/* is_good, or why not; errors: lines of the file's faults, or "". */
	void (*on_done)(void *arg, bool is_good, const char *errors,
		const struct reason *why);
	void *arg;
};

/*
 * Forks; on_done follows.  limit: seconds, then it is killed.  *checker has to
 * stay where it is.  0, or -1 with the reason.
 */
int checker_start(struct checker *, struct ev_loop *,
	struct conf *(*read_conf)(void *, FILE *), void *read_arg, double limit,
	struct reason *);

/* True when pid is the checker: then it is dealt with. */
bool checker_reap(struct checker *, pid_t, int status);

/* Kills it; on_done is not called.  Fine when there is none. */
void checker_stop(struct checker *);

#endif
