/*
 * Threads for calls that may wait for long, for a disk or the kernel.
 * SPDX-License-Identifier: MIT
 */
#ifndef DETACHED_THREAD_H
#define DETACHED_THREAD_H

#include <stddef.h>

/*
 * Starts a thread with a stack of so many bytes and with all signals blocked,
 * since the loop of the process handles them.  Nothing waits for its end.
 * Returns 0, or -1 with errno if it cannot be started.
 */
int detached_thread_start(size_t stack, void *(*run)(void *), void *arg);

#endif
