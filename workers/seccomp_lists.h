/*
 * Names of system calls.  Those that the architecture or the library does not
 * know are skipped.
 * SPDX-License-Identifier: MIT
 */
#ifndef SECCOMP_LISTS_H
#define SECCOMP_LISTS_H

/* All end with NULL. */

/* What a worker, libc and a module that declares its needs may call, whatever
 * the arguments. */
extern const char *const seccomp_allowed[];

/* Besides, if a module declares files: calls by path that Landlock does not
 * limit. */
extern const char *const seccomp_files[];

/* Besides, if a module connects to other servers. */
extern const char *const seccomp_connect[];

/* What not even a module may call that declares nothing or executes
 * programs. */
extern const char *const seccomp_denied[];

#endif
