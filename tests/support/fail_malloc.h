/*
 * What a test tells the preloaded fail_malloc.so, in shared memory.
 * SPDX-License-Identifier: MIT
 */
#ifndef FAIL_MALLOC_H
#define FAIL_MALLOC_H

#define FAIL_MALLOC                                                            \
	"FAIL_MALLOC" /* in the environment: a file of that size               \
		       */

struct fail_malloc {
	volatile int pid;           /* 0: nothing fails */
	volatile unsigned left;     /* that succeed before */
	volatile unsigned for_good; /* not one, but all that follow */
	volatile unsigned failed;   /* so many did */
};

#endif
