/*
 * A name for each request of a module, that goes from the balancer through all
 * logs, also that of a crash, and back to the client.
 * SPDX-License-Identifier: MIT
 */
#ifndef REQUEST_ID_H
#define REQUEST_ID_H

#include <stdint.h>

#include "common/span.h"

struct exchange;
struct request;

enum { REQUEST_ID_MOST = 128 }; /* bytes */

/* Of a worker: its names are like no other's. */
struct request_ids {
	char prefix[16]; /* random */
	uint64_t count;
};

void request_ids_init(struct request_ids *);

/* Writes the next one; its length, at most 33. */
size_t request_id_make(struct request_ids *, char to[REQUEST_ID_MOST]);

/* Gives the request its name: as sent, or the next one; the answer tells it,
 * too. */
void request_id_name(struct exchange *, struct request_ids *);

/*
 * X-Request-Id as sent: 1 to REQUEST_ID_MOST letters, digits and "-_.:/+=@~",
 * which need no escape anywhere.  at is NULL: there is none, or none like this.
 */
struct span request_id_find(const struct request *);

#endif
