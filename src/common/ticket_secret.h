/*
 * The secret from which workers derive the keys of TLS session tickets, and the
 * hours for which one lasts.  The secret of the next epoch is the SHA-256 of
 * this one's: all workers, of every generation, arrive at the same keys without
 * a message, and no process can go back.
 * SPDX-License-Identifier: MIT
 */
#ifndef TICKET_SECRET_H
#define TICKET_SECRET_H

#include <stdint.h>

enum {
	TICKET_SECRET_SIZE = 32,          /* bytes */
	TICKET_EPOCH_SECONDS = 12 * 3600, /* a ticket is taken for up to two */
};

struct ticket_secret {
	uint64_t epoch; /* time since 1970 in units of TICKET_EPOCH_SECONDS */
	unsigned char bytes[TICKET_SECRET_SIZE];
};

#endif
