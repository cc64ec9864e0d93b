/*
 * SPDX-License-Identifier: MIT
 */
#include "file/huge_table.h"

#include <assert.h>
#include <stdint.h>
#include <sys/mman.h>

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25 /* Linux 6.1 */
#endif

enum { HUGE_PAGE = 2 * 1024 * 1024 };

/* Unmaps what lies around the first multiple of a huge page. */
static void *
align_mapping(char *map, size_t size)
{
	size_t before = -(uintptr_t)map % HUGE_PAGE;

	if (before > 0)
		munmap(map, before);
	if (before < HUGE_PAGE)
		munmap(map + before + size, HUGE_PAGE - before);
	return map + before;
}

void *
huge_table_new(size_t size)
{
	size_t room = size < HUGE_PAGE ? 0 : HUGE_PAGE;
	void *map = mmap(NULL, size + room, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert(map != MAP_FAILED);
	return room == 0 ? map : align_mapping(map, size);
}

void
huge_table_free(void *table, size_t size)
{
	if (table != NULL)
		munmap(table, size);
}

/* An older kernel does it in the background, within minutes. */
void
huge_table_collapse(void *table, size_t size)
{
	size -= size % HUGE_PAGE;
	if (size == 0)
		return;
	if (madvise(table, size, MADV_HUGEPAGE) == 0)
		madvise(table, size, MADV_COLLAPSE);
}
