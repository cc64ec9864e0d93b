/*
 * The new master's side of an upgrade, and the words that both say.
 * SPDX-License-Identifier: MIT
 */
#ifndef HEIR_H
#define HEIR_H

#include <ev.h>
#include <stdbool.h>

#include "common/error_text.h"

/* What stands for an address in PRONG_SOCKETS: the line to the old master. */
#define HEIR_TALK "heir"

#define HEIR_TAKES "takes connections"

enum heir_word {
	HEIR_SILENT, /* nothing yet */
	HEIR_READY,  /* new: serves, and HEIR_TAKES connections, or "" */
	HEIR_FAILED, /* new: will not, and why */
	HEIR_YOURS,  /* old: has let go of everything */
	HEIR_GONE,   /* the other one ended */
};

struct heir {
	int talk; /* to the old master; -1: it is over, or we are not one */
	ev_io words;
	void (*on_yours)(void *arg);
	void *arg;
};

#define HEIR_NONE ((struct heir){ .talk = -1 })

/* From what PRONG_SOCKETS says.  on_yours: the old one has left the pid file
 * and the names of unix sockets, or has ended. */
void heir_open(struct heir *, void (*on_yours)(void *), void *arg);
void heir_close(struct heir *, struct ev_loop *);

/* There is an old master that has not let go yet. */
bool heir_is_waiting(const struct heir *);

/* Nothing happens in who is no heir. */
void heir_tell_ready(struct heir *, struct ev_loop *, bool takes_connections);
void heir_tell_failed(struct heir *, const struct error_text *);

/* ---- of both ---- */

void heir_say(int talk, enum heir_word);
void heir_say_failed(int talk, const struct error_text *);

/* The next word; HEIR_FAILED comes with its reason, HEIR_READY with what it
 * says. */
enum heir_word heir_hear(int talk, struct error_text *);

#endif
