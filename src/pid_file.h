/*
 * The file that tells other commands where the master is.  A lock on it, not
 * its text, says that the master lives: a crash leaves no stale pid.
 * SPDX-License-Identifier: MIT
 */
#ifndef PID_FILE_H
#define PID_FILE_H

#include <sys/types.h>

#include "reason.h"

struct pid_file {
	int fd;     /* -1: none */
	char *path; /* ours */
};

#define PID_FILE_NONE ((struct pid_file){ .fd = -1 })

/*
 * Creates the file and locks it (fcntl(2): the lock is this process's alone,
 * a child does not have it).  The text stays empty until pid_file_write().
 * 0, or -1 with the reason: another process holds it, or the system said no.
 */
int pid_file_open(struct pid_file *, const char *path, struct reason *);

/* Writes our pid into it.  0, or -1 with errno. */
int pid_file_write(const struct pid_file *);

/*
 * Over a reload: opens path as next, unless it is what now holds or NULL; and,
 * when the reload holds, writes next and puts it in the place of now.  0, or
 * -1 with the reason, or errno.
 */
int pid_file_claim(const struct pid_file *now, struct pid_file *next,
	const char *path, struct reason *);
int pid_file_replace(struct pid_file *now, struct pid_file *next);

/* Removes the file if it is still ours, and unlocks it.  Fine for NONE. */
void pid_file_close(struct pid_file *);

/* The process that holds the lock; 0: nobody does, or there is no file; -1
 * with errno. */
pid_t pid_file_holder(const char *path);

#endif
