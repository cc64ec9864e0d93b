/*
 * The life of the server:
 *
 *   STARTING -> SERVING -> LEAVING
 *       '----- failed ------^
 *
 * Only the master enters a phase; what may be asked depends on it.
 * SPDX-License-Identifier: MIT
 */
#ifndef LIFECYCLE_H
#define LIFECYCLE_H

#include <stdint.h>

enum lifecycle_phase {
	LIFECYCLE_STARTING, /* no generation has served yet */
	LIFECYCLE_SERVING,
	LIFECYCLE_LEAVING, /* the server shuts down */
	LIFECYCLE_PHASES,  /* number of phases */
};

struct lifecycle {
	enum lifecycle_phase phase;
	int64_t started; /* clock_now_ms() */
	int64_t since;   /* clock_now_ms() when the phase began */
};

/* Begins in LIFECYCLE_STARTING. */
void lifecycle_init(struct lifecycle *);

/* Asserts that the picture above has the step. */
void lifecycle_enter(struct lifecycle *, enum lifecycle_phase);

/* Returns the phase in words: "serving". */
const char *lifecycle_phase_name(enum lifecycle_phase);

#endif
