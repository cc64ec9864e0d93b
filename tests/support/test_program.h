/*
 * A program that is run to its end: the command line as a user sees it.
 * SPDX-License-Identifier: MIT
 */
#ifndef TEST_PROGRAM_H
#define TEST_PROGRAM_H

#include <stdbool.h>
#include <sys/types.h>

enum { PROGRAM_TEXT = 65536 };

struct program {
	const char *cwd;  /* NULL: ours */
	const char *path; /* of the program; NULL: as argv says */
	bool as_nobody;
	int nofile; /* RLIMIT_NOFILE, both limits; 0: ours */

	/* Passed as systemd passes sockets, in descriptors from 3 on. */
	const int *sockets;
	int nsockets;
	const char *names; /* LISTEN_FDNAMES */
};

struct program_result {
	int status;             /* 128 + signal when one ended it */
	char out[PROGRAM_TEXT]; /* cut at the end, with a NUL */
	char err[PROGRAM_TEXT];
};

/* The path of the prong to test: $PRONG, else the one of this build. */
const char *program_prong(void);

/*
 * Starts argv (NULL at the end; argv[0] NULL-terminated "prong" means the
 * prong to test) with these as standard output and error.  Its pid.
 */
pid_t program_start(
	const struct program *, const char *const *argv, int out, int err);

/* Runs it until it ends; a deadline that passes ends the test. */
void program_run(const struct program *, const char *const *argv,
	struct program_result *);

/* Waits for a child until the deadline; its status as above, -1: too late. */
int program_wait(pid_t, int ms);

#endif
