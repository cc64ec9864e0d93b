/*
 * A client that decodes content codings.
 * SPDX-License-Identifier: MIT
 */
#ifndef CODED_CLIENT_H
#define CODED_CLIENT_H

#include <stdint.h>

#include "support/fake_worker_mount.h"
#include "support/http_response.h"

#define CODED_CLIENT_UNKNOWN SIZE_MAX

/* Asks on a new connection; the response may take some turns.  The caller frees
 * it. */
void coded_client_ask(struct fake_worker_mount *, const char *method,
	const char *target, const char *fields, struct response *);

/* Decodes what has come so far and returns the length of it;
 * CODED_CLIENT_UNKNOWN where the library is not there. */
size_t coded_client_decode(const char *bytes, size_t len, const char *coding,
	char *to, size_t room);

#endif
