/*
 * Addresses as text, the way the logs tell them.
 * SPDX-License-Identifier: MIT
 */
#include "peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

size_t
peer_name(const struct sockaddr *peer, char text[PEER_NAME])
{
	const void *address = NULL;

	if (peer->sa_family == AF_INET)
		address = &((const struct sockaddr_in *)(const void *)peer)
				   ->sin_addr;
	else if (peer->sa_family == AF_INET6)
		address = &((const struct sockaddr_in6 *)(const void *)peer)
				   ->sin6_addr;
	if (address == NULL ||
		inet_ntop(peer->sa_family, address, text, PEER_NAME) == NULL)
		strcpy(text, "unix:");
	return strlen(text);
}
