/*
 * Request IDs (X-Request-Id): each request of a module has one, and with
 * log.request_ids each request, which appears in all logs, in a crash report
 * and in the response.
 * SPDX-License-Identifier: MIT
 */
#ifndef REQUEST_ID_H
#define REQUEST_ID_H

#include <stddef.h>
#include <stdint.h>

#include "common/span.h"

struct exchange;
struct request;

enum { REQUEST_ID_MOST = 128 }; /* bytes */

/* The generator of a worker; its IDs differ from those of other workers. */
struct request_ids {
	uint64_t count;
	size_t len;
	char text[33]; /* 16 random digits, "-", and the count: the last ID */
};

void request_ids_init(struct request_ids *);

/* Returns the next ID, which stands until the call after. */
struct span request_id_make(struct request_ids *);

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
