/*
 * From the bytes of a connection to requests, and their answers queued.
 * SPDX-License-Identifier: MIT
 */
#ifndef HTTP1_CONN_H
#define HTTP1_CONN_H

#include <stddef.h>

#include "conn/exchange_protocol.h"

struct conn;

/* For the exchange of a connection. */
extern const struct exchange_protocol http1_protocol;

/*
 * Takes input for the connection's exchange: a head, or some of a body, and
 * answers a request that is complete.  The bytes used; 0 when more input is
 * needed, or what is queued must be sent first, or nothing more is read.
 */
size_t http1_input(struct conn *, const char *bytes, size_t len);

#endif
