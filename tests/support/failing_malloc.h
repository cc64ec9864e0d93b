/*
 * malloc(3) and its relatives, which fail when a test says so.  To be linked
 * into the program under test; glibc only.
 * SPDX-License-Identifier: MIT
 */
#ifndef FAILING_MALLOC_H
#define FAILING_MALLOC_H

#include <features.h>
#include <stdbool.h>

/* A sanitizer has a malloc(3) of its own. */
#if defined(__SANITIZE_ADDRESS__) || !defined(__GLIBC__)
#define FAILING_MALLOC_IS_POSSIBLE 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define FAILING_MALLOC_IS_POSSIBLE 0
#endif
#endif
#ifndef FAILING_MALLOC_IS_POSSIBLE
#define FAILING_MALLOC_IS_POSSIBLE 1
#endif

/* After n more allocations the next one fails, or, for_good, all of them. */
void failing_malloc_arm(unsigned n, bool for_good);

/* None fails from now on.  True when one did. */
bool failing_malloc_disarm(void);

/* Blocks that were allocated and not freed. */
long failing_malloc_live(void);

#endif
