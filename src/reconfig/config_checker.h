/*
 * Checks the configuration in a child process, so that no file can hang or
 * crash the master.
 * SPDX-License-Identifier: MIT
 */
#ifndef CONFIG_CHECKER_H
#define CONFIG_CHECKER_H

#include <ev.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

#include "common/conf.h"
#include "common/error_text.h"

/* Reads and checks the configuration.  Both functions return NULL after writing
 * a line for each error. */
struct conf_reader {
	struct conf *(*read)(void *arg, FILE *errors);
	/* For the master, which waits for no disk: reads only the text. */
	struct conf *(*read_text)(void *arg, FILE *errors);
	void *arg;
	bool is_once; /* there is nothing to read again at a reload */
};

struct config_checker {
	struct ev_loop *loop;
	pid_t pid;    /* 0: not running */
	bool is_late; /* killed after limit_seconds */
	double limit_seconds;
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
 * Forks the child; on_done will be called from config_checker_reap().  The
 * child is killed after limit seconds.  *checker must not move meanwhile.
 * Returns 0, or -1 with the error text.
 */
int config_checker_start(struct config_checker *, struct ev_loop *,
	const struct conf_reader *, double limit, struct error_text *);

/* Handles the exit of a child: returns true if pid was the checker. */
bool config_checker_reap(struct config_checker *, pid_t, int status);

/* Reads a text that was found good, in the master.  Returns NULL with *errors,
 * a line each, which the caller frees; NULL: there is no memory. */
struct conf *config_checker_read_again(
	const struct conf_reader *, char **errors);

/* Kills the child, if any, without calling on_done. */
void config_checker_stop(struct config_checker *);

#endif
