/*
 * Memory for libev, which aborts the process when it gets none.
 * SPDX-License-Identifier: MIT
 */
#ifndef LOOP_MEMORY_H
#define LOOP_MEMORY_H

/*
 * From now on loops take from a reserve what malloc(3) refuses: their arrays
 * double in size when there are more watchers than ever, and hold a few dozen
 * bytes for each.  0, or -1 with errno.
 */
int loop_memory_reserve(void);

#endif
