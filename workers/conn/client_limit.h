/*
 * limits.client_connections: the connections that each client has to this
 * worker.  The client is the peer, or the one that a PROXY header names; the
 * connections of proxies in "trusted" are not counted, since they are those of
 * many clients.
 * SPDX-License-Identifier: MIT
 */
#ifndef CLIENT_LIMIT_H
#define CLIENT_LIMIT_H

#include <stdbool.h>
#include <stddef.h>

#include "conn/conn.h"

/* Counts a connection whose client is known.  False: it has too many, and the
 * connection was closed, a plain one after a response with 429.  bytes: what
 * was read of it behind the PROXY header. */
bool client_limit_admit(struct conn *, const char *bytes, size_t len);

/* Counts a connection that another worker has admitted.  conn_table_give()
 * counts it out. */
void client_limit_count(struct conn *);
#endif
