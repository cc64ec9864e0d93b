/*
 * Leaving the terminal.  The parent waits for the verdict of the child, so
 * that its exit status tells whether the server serves.
 * SPDX-License-Identifier: MIT
 */
#ifndef DAEMON_H
#define DAEMON_H

/*
 * Forks.  In the child, a session of its own, returns the descriptor for
 * daemon_ready(); stdin is /dev/null from here on.  The parent does not return:
 * it exits 0 when the child is ready and 1 when it ends before.  -1 with errno.
 */
int daemon_start(void);

/* Lets the parent go; stdout and stderr are /dev/null from here on.  Nothing
 * happens for fd -1. */
void daemon_ready(int fd);

#endif
