/*
 * Which networks a client is in.
 * SPDX-License-Identifier: MIT
 */
#ifndef NETWORK_H
#define NETWORK_H

#include <stdbool.h>
#include <sys/socket.h>

struct conf_networks;
struct conf_route;

/* A unix socket is in none. */
bool network_has(const struct conf_networks *, const struct sockaddr *);

/* May this client see the route? */
bool network_admits(const struct conf_route *, const struct sockaddr *);

#endif
