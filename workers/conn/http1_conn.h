/*
 * HTTP/1 on a connection: reads requests from its bytes and queues their
 * responses.
 * SPDX-License-Identifier: MIT
 */
#ifndef HTTP1_CONN_H
#define HTTP1_CONN_H

#include <stddef.h>

#include "conn/exchange_protocol.h"

struct conn;

/* The protocol of exchanges on HTTP/1 connections. */
extern const struct exchange_protocol http1_protocol;

/* The protocol of an exchange that restores a WebSocket; websocket_adopt.h. */
extern const struct exchange_protocol http1_restored_protocol;

/*
 * Processes input: a head or a part of a body; answers a request that is
 * complete.  Returns the number of bytes used; 0 if more input is needed, if
 * the output must be sent first, or if nothing more is read.
 */
size_t http1_input(struct conn *, const char *bytes, size_t len);

#endif
