/*
 * Who is at the other end of a connection.
 * SPDX-License-Identifier: MIT
 */
#ifndef PEER_H
#define PEER_H

#include <sys/socket.h>

enum { PEER_NAME = 64 };

/* The address without port; "unix:" for a unix socket.  Its length. */
size_t peer_name(const struct sockaddr *, char text[PEER_NAME]);

#endif
