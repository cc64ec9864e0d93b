/*
 * Request IDs (X-Request-Id): each request of a module has one, and with
 * log.request_ids each request, which appears in all logs, in a crash report
 * and in the response.
 * SPDX-License-Identifier: MIT
 */
#ifndef REQUEST_ID_H
#define REQUEST_ID_H

#include <stdint.h>

#include "common/span.h"

struct exchange;
struct request;

enum { REQUEST_ID_MOST = 128 }; /* bytes */

/* The generator of a worker; its IDs differ from those of other workers. */
struct request_ids {
	char prefix[16]; /* random */
	uint64_t count;
};

void request_ids_init(struct request_ids *);

/* Writes the next ID and returns its length, at most 33. */
size_t request_id_make(struct request_ids *, char to[REQUEST_ID_MOST]);

/*
 * Sets the exchange's request_id, to the client's or to a new one, and adds it
 * to the response.
 */
void request_id_name(struct exchange *, struct request_ids *);

/*
 * Returns X-Request-Id as sent when it consists of 1 to REQUEST_ID_MOST
 * letters, digits and "-_.:/+=@~", which need no escaping in any log; otherwise
 * at is NULL.
 */
struct span request_id_find(const struct request *);

#endif
