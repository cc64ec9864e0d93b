/*
 * The first worker of a reload sings before it serves: it asks itself for "/"
 * over a socketpair, through the same code as any client.
 * SPDX-License-Identifier: MIT
 */
#ifndef CANARY_H
#define CANARY_H

#include <ev.h>
#include <stddef.h>

struct worker;

struct canary {
	ev_io io;
	char answer[16]; /* its first bytes */
	size_t used;
	void (*on_done)(struct worker *, const char *why);
};

/*
 * Asks; on_done follows, at once or later, with why it went wrong or with
 * NULL; maybe never: the master's patience ends that.  Wrong is a server error
 * (RFC 9110 15.6), or no answer.  The request is not logged and not counted.
 */
void canary_start(
	struct worker *, void (*on_done)(struct worker *, const char *why));

#endif
