/*
 * Memory for libev, which aborts the process when an allocation fails.
 * SPDX-License-Identifier: MIT
 */
#ifndef LOOP_MEMORY_H
#define LOOP_MEMORY_H

/*
 * Gives libev a reserve for allocations that malloc(3) refuses.  Its arrays
 * double in size when there are more watchers than ever before, and use a few
 * dozen bytes for each.  Returns 0, or -1 with errno.
 */
int loop_memory_reserve(void);

#endif
