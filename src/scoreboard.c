/*
 * The scoreboard: slots in shared memory, and the sum of those given back.
 * SPDX-License-Identifier: MIT
 */
#include "scoreboard.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

int
scoreboard_open(struct scoreboard *sb, size_t nslots)
{
	void *memory = mmap(NULL, nslots * sizeof(struct slot),
		PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		return -1;
	*sb = (struct scoreboard){ .slots = memory, .nslots = nslots };
	return 0;
}

void
scoreboard_close(struct scoreboard *sb)
{
	if (sb->slots != NULL)
		munmap(sb->slots, sb->nslots * sizeof(struct slot));
	sb->slots = NULL;
	sb->nslots = 0;
}

struct slot *
scoreboard_take(struct scoreboard *sb)
{
	for (size_t i = 0; i < sb->nslots; i++) {
		struct slot *s = &sb->slots[i];

		if (s->state != SLOT_EMPTY)
			continue;
		memset(s, 0, sizeof(*s));
		s->state = SLOT_STARTING;
		return s;
	}
	return NULL;
}

static void
add(struct totals *t, const struct slot *s)
{
	t->accepted += s->accepted;
	t->requests += s->requests;
	t->bytes_sent += s->bytes_sent;
	for (size_t i = 0; i < 6; i++)
		t->by_class[i] += s->by_class[i];
}

void
scoreboard_give_back(struct scoreboard *sb, struct slot *s)
{
	add(&sb->totals, s);
	sb->totals.workers++;
	s->state = SLOT_EMPTY;
}

struct totals
scoreboard_sum(const struct scoreboard *sb)
{
	struct totals sum = sb->totals;

	for (size_t i = 0; i < sb->nslots; i++)
		if (sb->slots[i].state != SLOT_EMPTY)
			add(&sum, &sb->slots[i]);
	return sum;
}

static bool
is_plain(unsigned char c)
{
	return c >= ' ' && c < 0x7f && c != '\\';
}

const char *
scoreboard_doing(const struct slot *s, char *text, size_t size)
{
	size_t used = 0;

	for (size_t i = 0; i < sizeof(s->doing); i++) {
		unsigned char c = (unsigned char)s->doing[i];

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
