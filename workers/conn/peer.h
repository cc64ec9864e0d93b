/*
 * The name of the peer of a connection.
 * SPDX-License-Identifier: MIT
 */
#ifndef PEER_H
#define PEER_H

#include <sys/socket.h>

enum { PEER_NAME = 64 };

/* Writes the address without the port; "unix:" for a unix socket.  Returns its
 * length. */
size_t peer_name(const struct sockaddr *, char text[PEER_NAME]);

#endif
