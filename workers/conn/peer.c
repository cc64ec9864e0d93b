/*
 * Formats addresses for logs.
 * SPDX-License-Identifier: MIT
 */
#include "conn/peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "http/decimal.h"

/* Does what inet_ntop(3) does in a tenth of the time; every log line needs it.
 */
static size_t
put_ipv4(const unsigned char *octet, char *text)
{
	char *to = text;

	for (int i = 0; i < 4; i++) {
		to = decimal_put(to, octet[i]);
		*to++ = '.';
	}
	*--to = '\0';
	return (size_t)(to - text);
}

size_t
peer_name(const struct sockaddr *peer, char text[PEER_NAME])
{
	enum { MAPPED = 12 }; /* bytes before the IPv4 address */
	const void *at = peer;
	const struct in6_addr *ip6 =
		&((const struct sockaddr_in6 *)at)->sin6_addr;

	if (peer->sa_family == AF_INET)
		return put_ipv4((const void *)&((const struct sockaddr_in *)at)
					->sin_addr,
			text);
	/* An IPv4 client of a dual-stack socket (RFC 4291 2.5.5.2). */
	if (peer->sa_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(ip6))
		return put_ipv4(ip6->s6_addr + MAPPED, text);
	if (peer->sa_family != AF_INET6 ||
		inet_ntop(AF_INET6, ip6, text, PEER_NAME) == NULL)
		strcpy(text, "unix:");
	return strlen(text);
}
