/*
 * Takes the PROXY header from the beginning of a connection's input.
 * SPDX-License-Identifier: MIT
 */
#ifndef PROXY_INPUT_H
#define PROXY_INPUT_H

#include <stdbool.h>
#include <stddef.h>

struct conn;

/*
 * For a connection whose conn->proxy is not CONF_PROXY_OFF. True when the
 * header was taken, or none is expected: conn->proxy is CONF_PROXY_OFF then,
 * the client's address is conn->peer, and bytes and len are what follows. False
 * when more input is needed, which is kept, or when the connection was closed.
 */
bool proxy_input_take(struct conn *, const char **bytes, size_t *len);

/*
 * The same before any other input is read, for a connection with TLS: what
 * follows the header stays in the socket.
 */
bool proxy_input_take_first(struct conn *);

#endif
