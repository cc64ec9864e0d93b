/*
 * The file that tells other commands where the master is.  A lock on it, not
 * its text, says that the master lives: a crash leaves no stale pid.
 * SPDX-License-Identifier: MIT
 */
#ifndef PID_FILE_H
#define PID_FILE_H

#include <stdbool.h>
#include <sys/types.h>

#include "common/error_text.h"

struct pid_file {
	int fd;     /* -1: none; with a path: the one that is held already */
	char *path; /* ours */
	bool is_shared; /* with the master that was before us */
};

#define PID_FILE_NONE ((struct pid_file){ .fd = -1 })

/*
 * Creates the file, locks it (fcntl(2): the lock is this process's alone, a
 * child does not have it) and writes our pid into it.  Nobody else may read it,
 * and so lock it.  0, or -1 with the reason: another process holds it, or the
 * system said no.
 */
int pid_file_open(struct pid_file *, const char *path, struct error_text *);

/* Writes our pid into it.  0, or -1 with errno. */
int pid_file_write(const struct pid_file *);

/*
 * Over a reload: opens path as next, unless it is what now holds, by whatever
 * name, or NULL; and, when the reload holds, puts it in the place of now.  0,
 * or -1 with the reason.
 */
int pid_file_claim(const struct pid_file *now, struct pid_file *next,
	const char *path, struct error_text *);
void pid_file_replace(struct pid_file *now, struct pid_file *next);

/*
 * Over an upgrade two masters have the file, and at every moment one of them
 * is its holder.
 *
 *   old: share ......................... hand_over     (or keep: it failed)
 *   new:         inherit .............................. take_over
 *
 * share, keep, take_over: 0, or -1 with errno; inherit as pid_file_claim(),
 * which it is when nobody shares; take_over writes our pid.  hand_over leaves
 * the file to the new one, or removes it when that one has another.
 */
int pid_file_share(const struct pid_file *);
int pid_file_keep(const struct pid_file *);
void pid_file_hand_over(struct pid_file *);
int pid_file_inherit(const struct pid_file *now, struct pid_file *next,
	const char *path, struct error_text *);
int pid_file_take_over(struct pid_file *);

/* Removes the file if it is still ours, and unlocks it.  Fine for NONE. */
void pid_file_close(struct pid_file *);

/* The master that holds the lock; 0: none does, or there is no file; -1 with
 * errno, ESRCH when it is not among the processes that can be seen. */
pid_t pid_file_holder(const char *path);

#endif
