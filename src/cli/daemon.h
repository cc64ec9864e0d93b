/*
 * Runs the server in the background.  The parent waits until the child is
 * ready, so that its exit status tells whether the server serves.
 * SPDX-License-Identifier: MIT
 */
#ifndef DAEMON_H
#define DAEMON_H

/*
 * Forks.  The child gets its own session, the working directory "/" and
 * /dev/null as stdin, and returns the descriptor for daemon_ready().  The
 * parent does not return: it exits with 0 when the child is ready, and with 1
 * if the child exits before.  Returns -1 with errno on failure.
 */
int daemon_start(void);

/*
 * Returns the path as one that holds in any working directory, with symbolic
 * links unresolved.  The caller frees it; NULL with errno.
 */
char *daemon_path(const char *path);

/*
 * Ends the parent with status 0 and makes stdout and stderr /dev/null.  Does
 * nothing for fd -1.
 */
void daemon_ready(int fd);

/*
 * Returns the path as it was executed, with symbolic links unresolved since
 * they may lead to another program later; argv[0] if the system does not
 * provide it.
 */
const char *program_path(char **argv);

#endif
