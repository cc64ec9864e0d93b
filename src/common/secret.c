/*
 * Each secret has pages of its own, so that madvise(2) reaches all of it and
 * nothing else.
 * SPDX-License-Identifier: MIT
 */
#include "common/secret.h"

#include <string.h>
#include <sys/mman.h>

struct secret *
secret_new(struct secret **list, size_t len)
{
	size_t size = sizeof(struct secret) + len;
	struct secret *s = mmap(NULL, size, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (s == MAP_FAILED)
		return NULL;
	/* Without it the kernel writes the pages into a core dump; workers with
	 * keys leave none. */
	madvise(s, size, MADV_DONTDUMP);
	s->mapped = size;
	s->len = len;
	s->next = *list;
	*list = s;
	return s;
}

void
secret_free_all(struct secret **list)
{
	struct secret *s;

	while ((s = *list) != NULL) {
		*list = s->next;
		explicit_bzero(s->bytes, s->len);
		munmap(s, s->mapped);
	}
}
