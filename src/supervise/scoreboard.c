/*
 * The scoreboard: slots in shared memory, and the sum of those given back.
 * SPDX-License-Identifier: MIT
 */
#include "supervise/scoreboard.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

/* The totals follow the slots, and the requests in flight follow the totals:
 * only those of dead workers are read. */
static size_t
size_of(size_t nslots)
{
	return nslots * sizeof(struct slot) + sizeof(struct totals) +
	       nslots * sizeof(struct slot_inflight);
}

int
scoreboard_open(struct scoreboard *sb, size_t nslots)
{
	struct timespec now;
	void *memory = mmap(NULL, size_of(nslots), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		return -1;
	*sb = (struct scoreboard){ .slots = memory,
		.nslots = nslots,
		.is_taken = calloc(nslots, sizeof(*sb->is_taken)) };
	if (sb->is_taken == NULL) {
		scoreboard_close(sb);
		errno = ENOMEM;
		return -1;
	}
	sb->totals = (struct totals *)(void *)(sb->slots + nslots);
	sb->inflight = (struct slot_inflight *)(void *)(sb->totals + 1);
	clock_gettime(CLOCK_REALTIME, &now);
	sb->totals->started = (uint64_t)now.tv_sec;
	sb->totals->started_ns = (uint64_t)now.tv_nsec;
	return 0;
}

void
scoreboard_close(struct scoreboard *sb)
{
	if (sb->slots != NULL)
		munmap(sb->slots, size_of(sb->nslots));
	free(sb->is_taken);
	*sb = (struct scoreboard){ .slots = NULL };
}

struct slot *
scoreboard_take(struct scoreboard *sb)
{
	for (size_t i = 0; i < sb->nslots; i++) {
		struct slot *s = &sb->slots[i];

		if (sb->is_taken[i])
			continue;
		sb->is_taken[i] = true;
		memset(s, 0, sizeof(*s));
		memset(&sb->inflight[i], 0, sizeof(sb->inflight[i]));
		s->state = SLOT_STARTING;
		return s;
	}
	return NULL;
}

struct slot_inflight *
scoreboard_inflight(const struct scoreboard *sb, const struct slot *s)
{
	return &sb->inflight[s - sb->slots];
}

void
scoreboard_give_back(struct scoreboard *sb, struct slot *s)
{
	sb->is_taken[s - sb->slots] = false;
	totals_take(sb->totals, s);
}

struct totals
scoreboard_sum(const struct scoreboard *sb)
{
	struct totals sum = *sb->totals;

	for (size_t i = 0; i < sb->nslots; i++)
		if (sb->is_taken[i])
			totals_add(&sum, &sb->slots[i]);
	return sum;
}

uint64_t
scoreboard_connections(const struct slot *s)
{
	uint64_t n = *(const volatile uint64_t *)&s->connections;

	return n < INT32_MAX ? n : INT32_MAX;
}

static bool
is_plain(unsigned char c)
{
	return c >= ' ' && c < 0x7f && c != '\\';
}

const char *
scoreboard_line(const struct slot_request *r, char *text, size_t size)
{
	size_t used = 0;

	for (size_t i = 0; i < sizeof(r->head); i++) {
		unsigned char c = (unsigned char)r->head[i];

		if (c == '\0' || c == '\r' || c == '\n' || used + 5 > size)
			break;
		if (is_plain(c))
			text[used++] = (char)c;
		else
			used += (size_t)snprintf(
				text + used, size - used, "\\x%02x", c);
	}
	text[used] = '\0';
	return text;
}
