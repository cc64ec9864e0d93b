/*
 * The program's own malloc(3) goes before that of libc.
 * SPDX-License-Identifier: MIT
 */
#include "support/failing_malloc.h"

#include <errno.h>
#include <stdlib.h>

static bool is_armed, is_for_good, has_failed;
static unsigned left;
static long live;

void
failing_malloc_arm(unsigned n, bool for_good)
{
	left = n;
	is_for_good = for_good;
	has_failed = false;
	is_armed = true;
}

bool
failing_malloc_disarm(void)
{
	is_armed = false;
	return has_failed;
}

long
failing_malloc_live(void)
{
	return live;
}

#if FAILING_MALLOC_IS_POSSIBLE

void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void __libc_free(void *);

static bool
fails(void)
{
	if (!is_armed || (has_failed && !is_for_good))
		return false;
	if (left > 0) {
		left--;
		return false;
	}
	has_failed = true;
	errno = ENOMEM;
	return true;
}

void *
malloc(size_t size)
{
	void *p = fails() ? NULL : __libc_malloc(size);

	live += p != NULL;
	return p;
}

void *
calloc(size_t count, size_t size)
{
	void *p = fails() ? NULL : __libc_calloc(count, size);

	live += p != NULL;
	return p;
}

void *
realloc(void *old, size_t size)
{
	void *p;

	if (size > 0 && fails())
		return NULL;
	p = __libc_realloc(old, size);
	live += (p != NULL) - (old != NULL && (p != NULL || size == 0));
	return p;
}

void
free(void *p)
{
	live -= p != NULL;
	__libc_free(p);
}

#endif
