/*
 * Landlock: which files a worker may open from here on, and that it may signal
 * no other process.
 * SPDX-License-Identifier: MIT
 */
#ifndef LANDLOCK_H
#define LANDLOCK_H

#include <stddef.h>

struct sandbox_needs;
struct worker;

/*
 * Limits the thread that calls, and those that it starts.  Document roots may
 * be read, by their descriptors; temp_path may be written if there are modules;
 * of the rest only what modules declare.  A declared path that is not there is
 * logged.
 *
 * Returns the mask of layers that the kernel has, 1u << enum slot_sandbox, or
 * -1 with the reason.
 */
int landlock_enter(struct worker *, const struct sandbox_needs *, char *reason,
	size_t size);

#endif
