/*
 * All listening addresses of the master.  Generations share them: an address
 * that stays in the configuration keeps its sockets, and one that no generation
 * uses any more is closed.
 * SPDX-License-Identifier: MIT
 */
#ifndef LISTENERS_H
#define LISTENERS_H

#include "supervise/inherited.h"
#include "supervise/listener.h"

struct listeners {
	struct listener *first;
	struct inherited
		*inherited; /* searched first; NULL: nothing was inherited */
	bool is_in_use;     /* a generation serves: binding must not wait */
};

/*
 * Returns the listeners of a configuration, in its order: known addresses with
 * enough sockets, new ones bound.  Each gets another user. listeners_release()
 * frees the array.  Returns NULL with the error text, and nothing has changed.
 */
struct listener **listeners_acquire(struct listeners *, const struct conf *,
	size_t nworkers, struct error_text *);

/* Frees the array, and closes listeners without users. */
void listeners_release(struct listeners *, struct listener **, size_t n);

/*
 * The server shuts down: closes the master's descriptors, so that a port is
 * free as soon as its last worker stops listening.
 */
void listeners_close_sockets(struct listeners *);

/* Sets whether this master removes the names of unix sockets, or the other
 * master of an upgrade. */
void listeners_own_names(struct listeners *, bool are_ours);

#endif
