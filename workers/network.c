/*
 * IPv4 is compared as the IPv6 that it maps to (RFC 4291 2.5.5.2), which is
 * also what a socket for both calls it.
 * SPDX-License-Identifier: MIT
 */
#include "config.h"

#include "network.h"

#include <netinet/in.h>
#include <string.h>

#include "common/conf.h"

static bool
begins_with(const unsigned char *address, const struct conf_network *n)
{
	size_t whole = (size_t)n->bits / 8;
	unsigned rest = (unsigned)n->bits % 8;

	if (memcmp(address, n->address, whole) != 0)
		return false;
	return rest == 0 || ((address[whole] ^ n->address[whole]) &
				    0xff00u >> rest & 0xff) == 0;
}

static bool
map(const struct sockaddr *peer, unsigned char address[16])
{
	const void *any = peer;

	memset(address, 0, 16);
	if (peer->sa_family == AF_INET) {
		address[10] = address[11] = 0xff;
		memcpy(address + 12,
			&((const struct sockaddr_in *)any)->sin_addr, 4);
		return true;
	}
	if (peer->sa_family == AF_INET6)
		memcpy(address, &((const struct sockaddr_in6 *)any)->sin6_addr,
			16);
	return peer->sa_family == AF_INET6;
}

bool
network_has(const struct conf_networks *networks, const struct sockaddr *peer)
{
	unsigned char address[16];

	if (peer->sa_family == AF_UNIX)
		return networks->has_unix;
	if (networks->count == 0 || !map(peer, address))
		return false;
	for (size_t i = 0; i < networks->count; i++)
		if (begins_with(address, &networks->all[i]))
			return true;
	return false;
}

bool
network_admits(const struct conf_route *route, const struct sockaddr *peer)
{
	if (network_has(&route->deny, peer))
		return false;
	return route->allow.count == 0 || network_has(&route->allow, peer);
}
