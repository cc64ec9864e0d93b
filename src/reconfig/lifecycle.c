/*
 * The phases of the server's life.  Only lifecycle_enter() writes the phase.
 * SPDX-License-Identifier: MIT
 */
#include "reconfig/lifecycle.h"

#include <assert.h>

#include "common/clock.h"

#define TO(phase) (1u << LIFECYCLE_##phase)

// clang-format off
static const unsigned arrows[] = {
	[LIFECYCLE_STARTING] = TO(SERVING) | TO(LEAVING),
	[LIFECYCLE_SERVING]  = TO(LEAVING),
	[LIFECYCLE_LEAVING]  = 0,
};
// clang-format on

static const char *const names[] = {
	[LIFECYCLE_STARTING] = "starting",
	[LIFECYCLE_SERVING] = "serving",
	[LIFECYCLE_LEAVING] = "leaving",
};

_Static_assert(sizeof(arrows) / sizeof(arrows[0]) == LIFECYCLE_PHASES &&
		       sizeof(names) / sizeof(names[0]) == LIFECYCLE_PHASES,
	"every phase has its arrows and a name");

const char *
lifecycle_phase_name(enum lifecycle_phase phase)
{
	return names[phase];
}

void
lifecycle_init(struct lifecycle *l)
{
	*l = (struct lifecycle){ .phase = LIFECYCLE_STARTING };
	l->started = l->since = clock_now_ms();
}

void
lifecycle_enter(struct lifecycle *l, enum lifecycle_phase next)
{
	assert(arrows[l->phase] & (1u << next));
	l->phase = next;
	l->since = clock_now_ms();
}
