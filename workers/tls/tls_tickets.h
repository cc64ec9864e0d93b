/*
 * The keys that encrypt TLS session tickets: of this epoch and of the one
 * before.
 * SPDX-License-Identifier: MIT
 */
#ifndef TLS_TICKETS_H
#define TLS_TICKETS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/ticket_secret.h"

enum { TLS_TICKET_NAME = 16, TLS_TICKET_KEY = 32 };

struct tls_ticket_key {
	unsigned char name[TLS_TICKET_NAME]; /* in clear in each ticket */
	unsigned char cipher[TLS_TICKET_KEY];
	unsigned char mac[TLS_TICKET_KEY];
};

struct tls_tickets {
	struct ticket_secret secret; /* of the current epoch */
	struct tls_ticket_key current, previous;
};

/*
 * Derives the keys for this time, in seconds since 1970, from a secret of an
 * earlier epoch.  A time before that epoch counts as the epoch after it.
 */
void tls_tickets_init(
	struct tls_tickets *, const struct ticket_secret *, int64_t now);

/* Moves on to the epoch of this time, and never back. */
void tls_tickets_advance(struct tls_tickets *, int64_t now);

/* Returns the key with this name; NULL: it is not known, or not any more. */
const struct tls_ticket_key *tls_tickets_find(
	const struct tls_tickets *, const unsigned char name[TLS_TICKET_NAME]);

void tls_tickets_wipe(struct tls_tickets *);

#endif
