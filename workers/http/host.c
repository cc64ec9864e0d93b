/*
 * Accepts uri-host [ ":" port ] and nothing else.
 * SPDX-License-Identifier: MIT
 */
#include "http/host.h"

#include <arpa/inet.h>

#include "http/octet.h"

enum { PORT_DIGITS = 5, PORT_MAX = 65535 };

static bool
is_registered_name(struct span s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (octet_is(s.at[i], OCTET_HOST))
			continue;
		if (s.at[i] != '%' || s.len - i < 3 ||
			octet_hex(s.at[i + 1]) == -1 ||
			octet_hex(s.at[i + 2]) == -1)
			return false;
		i += 2;
	}
	return s.len > 0;
}

/*
 * True for "[::1]". Zones (absent from RFC 9110 4.2.1) and IPvFuture are
 * refused.
 */
static bool
is_ipv6(struct span s)
{
	struct in6_addr address;
	char text[INET6_ADDRSTRLEN];
	size_t len;

	if (s.len < 2 || s.len - 2 >= sizeof(text))
		return false;
	len = s.len - 2;
	if (memchr(s.at, '\0', s.len) != NULL)
		return false;
	memcpy(text, s.at + 1, len);
	text[len] = '\0';
	return inet_pton(AF_INET6, text, &address) == 1;
}

/* RFC 3986 3.2.3: port = *DIGIT, so an empty port is valid. */
static bool
is_port(struct span s)
{
	int port = 0;

	if (s.len > PORT_DIGITS)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		if (!octet_is_digit(s.at[i]))
			return false;
		port = port * 10 + (s.at[i] - '0');
	}
	return port <= PORT_MAX;
}

/*
 * Returns the length of the name: through the bracket, or up to the first
 * colon.
 */
static size_t
find_name_end(struct span text, bool is_literal)
{
	const char *end = memchr(text.at, is_literal ? ']' : ':', text.len);

	if (end == NULL)
		return text.len;
	return (size_t)(end - text.at) + is_literal;
}

/* The length of the plain start of a name: no percent-encoding, no literal. */
static size_t
plain_length(struct span text)
{
	const char *at = text.at, *end = text.at + text.len;

	while (at < end && octet_is(*at, OCTET_HOST))
		at++;
	return (size_t)(at - text.at);
}

/* False: it is not a plain name, with or without a port. */
static bool
parse_plain(struct span text, struct host *host)
{
	size_t len = plain_length(text);

	if (len == 0 || (len < text.len && text.at[len] != ':'))
		return false;
	host->name = (struct span){ text.at, len };
	host->port = (struct span){ text.at + len, text.len - len };
	if (host->port.len > 0) {
		host->port.at++;
		host->port.len--;
	}
	return true;
}

/* An address in brackets, or a name with percent-encoding.  Kept apart: with it
 * host_parse() would save six registers for each request. */
static int __attribute__((noinline))
parse_other(struct span text, struct host *host)
{
	bool is_literal = text.len > 0 && text.at[0] == '[';
	size_t len = find_name_end(text, is_literal);

	host->name = (struct span){ text.at, len };
	host->port = (struct span){ text.at + len, text.len - len };
	if (host->port.len > 0) {
		if (host->port.at[0] != ':')
			return 400;
		host->port.at++;
		host->port.len--;
	}
	if (is_literal && (len < 2 || text.at[len - 1] != ']'))
		return 400;
	if (!(is_literal ? is_ipv6(host->name)
			 : is_registered_name(host->name)))
		return 400;
	return is_port(host->port) ? 0 : 400;
}

int
host_parse(struct span text, struct host *host)
{
	if (text.len == 0)
		return 400;
	if (!parse_plain(text, host))
		return parse_other(text, host);
	return is_port(host->port) ? 0 : 400;
}
