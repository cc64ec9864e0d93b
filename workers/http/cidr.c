/*
 * An IPv4 address is compared as its IPv4-mapped IPv6 address (RFC 4291
 * 2.5.5.2), which is also what a dual-stack socket reports.
 * SPDX-License-Identifier: MIT
 */
#include "http/cidr.h"

#include <netinet/in.h>
#include <string.h>

#include "common/conf.h"

/* True when the address is in the network. */
static bool
is_in_network(const unsigned char *address, const struct conf_network *n)
{
	size_t whole = (size_t)n->bits / 8;
	unsigned rest = (unsigned)n->bits % 8;

	if (memcmp(address, n->address, whole) != 0)
		return false;
	return rest == 0 || ((address[whole] ^ n->address[whole]) &
				    0xff00u >> rest & 0xff) == 0;
}

/* Stores the IPv6 form of the peer's address; false for other families. */
static bool
map_address(const struct sockaddr *peer, unsigned char address[16])
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
cidr_match(const struct conf_networks *networks, const struct sockaddr *peer)
{
	unsigned char address[16];

	if (peer->sa_family == AF_UNIX)
		return networks->has_unix;
	if (networks->count == 0 || !map_address(peer, address))
		return false;
	for (size_t i = 0; i < networks->count; i++)
		if (is_in_network(address, &networks->all[i]))
			return true;
	return false;
}

bool
cidr_admits(const struct conf_route *route, const struct sockaddr *peer)
{
	if (cidr_match(&route->deny, peer))
		return false;
	return route->allow.count == 0 || cidr_match(&route->allow, peer);
}
