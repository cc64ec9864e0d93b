/*
 * Tests whether a client's address is in a list of networks.
 * SPDX-License-Identifier: MIT
 */
#ifndef CIDR_H
#define CIDR_H

#include <stdbool.h>
#include <sys/socket.h>

struct conf_networks;
struct conf_route;

/*
 * True when the address is in one of the networks. A client of a unix socket is
 * in none, unless the list names "unix".
 */
bool cidr_match(const struct conf_networks *, const struct sockaddr *);

/* True when "allow" and "deny" of the route let this client in. */
bool cidr_admits(const struct conf_route *, const struct sockaddr *);

#endif
