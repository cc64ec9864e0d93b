/*
 * A worker may write anything into its slot, also while it is read.
 * SPDX-License-Identifier: MIT
 */
#include "common/slot.h"

#include <stddef.h>

typedef uint64_t __attribute__((may_alias)) word;

static const char *const names[] = {
	[SLOT_EMPTY] = "empty",
	[SLOT_STARTING] = "starting",
	[SLOT_READY] = "ready",
	[SLOT_SERVING] = "serving",
	[SLOT_DRAINING] = "draining",
	[SLOT_ENDING] = "draining",
};

_Static_assert(sizeof(names) / sizeof(names[0]) == SLOT_STATES,
	"every state of a slot has a name");
_Static_assert(sizeof(struct slot) % sizeof(word) == 0 &&
		       sizeof(struct slot_inflight) % sizeof(word) == 0,
	"slots are copied by words");

const char *
slot_state_name(uint32_t state)
{
	return state < SLOT_STATES ? names[state] : "unknown";
}

/* volatile: the compiler may not read a word again. */
static void
read_words(void *to, const void *from, size_t bytes)
{
	const volatile word *f = from;
	word *t = to;

	for (size_t i = 0; i < bytes / sizeof(*t); i++)
		t[i] = f[i];
}

static void
terminate_text(struct slot_request *r)
{
	r->id[SLOT_ID - 1] = '\0';
	r->head[SLOT_HEAD - 1] = '\0';
}

void
slot_read(struct slot *to, const struct slot *from)
{
	read_words(to, from, sizeof(*to));
	terminate_text(&to->current);
}

void
slot_read_flights(struct slot_inflight *to, const struct slot_inflight *from)
{
	read_words(to, from, sizeof(*to));
	for (size_t i = 0; i < SLOT_INFLIGHT; i++)
		terminate_text(&to->all[i]);
}
