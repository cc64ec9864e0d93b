/*
 * The file that tells other commands the master's pid.  A lock on the file, not
 * its text, shows that the master lives: a crash leaves no stale pid.
 * SPDX-License-Identifier: MIT
 */
#ifndef PID_FILE_H
#define PID_FILE_H

#include <stdbool.h>
#include <sys/types.h>

#include "common/error_text.h"

enum { PID_FILE_NAME_SIZE = 32 };

struct pid_file {
	int fd;         /* -1: no file; with a path: the file is held already */
	char *path;     /* owned */
	bool is_shared; /* the old master of an upgrade holds a lock, too */
	struct {
		pid_t pid; /* that the file had, and which runs; 0: none */
		char name[PID_FILE_NAME_SIZE];
	} former;
};

#define PID_FILE_NONE ((struct pid_file){ .fd = -1 })

/* Writes the pid of this process.  Returns 0, or -1 with errno. */
int pid_file_write(const struct pid_file *);

/*
 * For the start and a reload.  claim creates the file at path as next, locks it
 * and writes the pid, unless path is NULL or the file that now holds, by any
 * name.  The lock is one of fcntl(2): it belongs to this process, not to its
 * children.  The file is readable for its owner only, so that no other user can
 * lock it.  Returns 0, or -1 with the error text: another process holds the
 * lock, or a system call failed.  replace makes next the current file once the
 * reload has committed.
 */
int pid_file_claim(const struct pid_file *now, struct pid_file *next,
	const char *path, struct error_text *);
void pid_file_replace(struct pid_file *now, struct pid_file *next);

/*
 * During an upgrade two masters share the file, and at every moment one of
 * them holds it.
 *
 *   old: share ......................... hand_over     (or keep: it failed)
 *   new:         inherit .............................. take_over
 *
 * share, keep and take_over return 0, or -1 with errno.  inherit returns as
 * pid_file_claim(), and does the same if no master shares the file.  take_over
 * writes the pid.  hand_over leaves the file to the new master, or removes it
 * if the new master has another one.
 */
int pid_file_share(const struct pid_file *);
int pid_file_keep(const struct pid_file *);
void pid_file_hand_over(struct pid_file *);
int pid_file_inherit(const struct pid_file *now, struct pid_file *next,
	const char *path, struct error_text *);
int pid_file_take_over(struct pid_file *);

/* Unlocks the file, and removes it if it is still the same.  Does nothing for
 * PID_FILE_NONE. */
void pid_file_close(struct pid_file *);

/* Returns the pid of the master that holds the lock; 0 if there is none, or
 * no file; -1 with errno, which is ESRCH if the process cannot be seen. */
pid_t pid_file_holder(const char *path);

#endif
