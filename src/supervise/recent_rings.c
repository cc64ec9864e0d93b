/*
 * SPDX-License-Identifier: MIT
 */
#include "supervise/recent_rings.h"

#include <stdlib.h>
#include <sys/mman.h>

enum { EXITED_MAX = 16 /* rings that are kept of workers that have exited */ };

static size_t
mapped_size(const struct recent *r)
{
	return sizeof(*r->ring) + r->size;
}

static void
free_owned(struct recent_owned *o)
{
	munmap(o->recent.ring, mapped_size(&o->recent));
	free(o);
}

struct recent
recent_rings_add(struct recent_rings *all, size_t size)
{
	struct recent none = { NULL, 0 };
	struct recent_owned *o;
	void *memory;

	if (size == 0)
		return none;
	o = malloc(sizeof(*o));
	if (o == NULL)
		return none;
	*o = (struct recent_owned){ .recent.size = size, .next = all->first };
	memory = mmap(NULL, mapped_size(&o->recent), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED) {
		free(o);
		return none;
	}
	/* A core dump would have the requests of all workers. */
	madvise(memory, mapped_size(&o->recent), MADV_DONTDUMP);
	o->recent.ring = memory;
	all->first = o;
	return o->recent;
}

void
recent_rings_forked(struct recent_rings *all, const struct recent *r, pid_t pid)
{
	struct recent_owned *o = all->first;

	if (r->ring == NULL)
		return;
	if (pid == -1) {
		all->first = o->next;
		free_owned(o);
		return;
	}
	o->pid = pid;
	madvise(r->ring, mapped_size(r), MADV_DONTFORK);
}

void
recent_rings_exited(struct recent_rings *all, pid_t pid)
{
	struct recent_owned **link = &all->first, *o;
	unsigned nexited = 0;

	while ((o = *link) != NULL) {
		if (o->pid == pid)
			o->pid = 0;
		nexited += o->pid == 0;
		if (o->pid == 0 && nexited > EXITED_MAX) {
			*link = o->next;
			free_owned(o);
		} else {
			link = &o->next;
		}
	}
}

void
recent_rings_fini(struct recent_rings *all)
{
	struct recent_owned *o;

	while ((o = all->first) != NULL) {
		all->first = o->next;
		free_owned(o);
	}
}
