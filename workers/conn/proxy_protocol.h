/*
 * The header of the PROXY protocol, versions 1 and 2, that a balancer sends
 * before anything else, and that names the client.
 * SPDX-License-Identifier: MIT
 */
#ifndef PROXY_PROTOCOL_H
#define PROXY_PROTOCOL_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

enum {
	/* Bytes of a header that are accepted, type-length-values included. */
	PROXY_HEADER_MAX = 4096,
};

enum proxy_result {
	PROXY_WHOLE,   /* the header is here and valid */
	PROXY_PARTIAL, /* so far it may be one: more input is needed */
	PROXY_ABSENT,  /* the input does not begin with a header */
	PROXY_INVALID, /* it begins as a header and breaks the rules */
};

struct proxy_header {
	size_t len; /* bytes of the header; the client's bytes follow */
	/* The balancer speaks for itself (LOCAL, UNKNOWN, or a family without
	 * Internet addresses): the addresses of the socket hold. */
	bool is_local;
	bool is_tls; /* the client reached the balancer by TLS */
	union proxy_address {
		struct sockaddr any;
		struct sockaddr_in ip4;
		struct sockaddr_in6 ip6;
	} client, server; /* valid unless is_local */
	const char *why;  /* of PROXY_INVALID: the rule, for the log */
};

/*
 * Reads a header from the first bytes of a connection.  It follows "The PROXY
 * protocol, versions 1 and 2" (haproxy.org, 2020): both versions, TCP over IPv4
 * and IPv6, LOCAL and UNKNOWN; a checksum (PP2_TYPE_CRC32C) is verified.
 * Unknown type-length-values are skipped.
 */
enum proxy_result proxy_protocol_parse(
	struct proxy_header *, const char *bytes, size_t len);

#endif
