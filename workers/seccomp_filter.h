/*
 * seccomp(2): which system calls a worker may make from here on.
 * SPDX-License-Identifier: MIT
 */
#ifndef SECCOMP_FILTER_H
#define SECCOMP_FILTER_H

#include <stdbool.h>
#include <stddef.h>

struct conf;
struct sandbox_needs;
struct worker;

/* True if seccomp_enter() will limit them: io_uring, which evades the filter,
 * must not be used then. */
bool seccomp_is_wanted(const struct conf *);

/*
 * Limits all threads.  Calls that are denied fail with EPERM; those that are
 * newer than the filter with ENOSYS.
 *
 * Returns the mask of layers, 1u << enum slot_sandbox, or -1 with the reason.
 */
int seccomp_enter(struct worker *, const struct sandbox_needs *, char *reason,
	size_t size);

/*
 * Denies nothing: what seccomp_enter() would deny, and the named calls (NULL at
 * the end), waits for an answer through the descriptor that is returned.  Of
 * this thread and those that it starts.  -1 with the reason.
 */
int seccomp_ask(struct worker *, const struct sandbox_needs *,
	const char *const *names, char *reason, size_t size);

/* "openat" */
void seccomp_call_name(int number, char *name, size_t size);

#endif
