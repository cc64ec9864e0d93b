/*
 * Only numeric addresses are accepted: a start must not wait for a name server.
 * SPDX-License-Identifier: MIT
 */
#include "config/address.h"

#include <arpa/inet.h>
#include <assert.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/un.h>

static const char form[] = "must be \"HOST:PORT\", \"[IPV6]:PORT\", "
			   "\"*:PORT\", \"unix:/PATH\" or "
			   "\"systemd:NAME\"";

static const char *
parse_unix(const char *path, const char *dir, struct conf_listen *l)
{
	struct sockaddr_un *un = (struct sockaddr_un *)&l->address;
	size_t size = sizeof(un->sun_path);
	int len;

	if (*path == '\0')
		return "has no path after \"unix:\"";
	un->sun_family = AF_UNIX;
	if (*path == '/')
		len = snprintf(un->sun_path, size, "%s", path);
	else
		len = snprintf(un->sun_path, size, "%s/%s", dir, path);
	if (len < 0 || (size_t)len >= size)
		return "the path is too long for a unix socket "
		       "(107 bytes at most)";
	l->address_len = sizeof(*un);
	return NULL;
}

static long
parse_port(const char *text)
{
	size_t len = strspn(text, "0123456789");
	long port;

	if (len == 0 || len > 5 || text[len] != '\0')
		return -1;
	port = strtol(text, NULL, 10);
	return port >= 1 && port <= 65535 ? port : -1;
}

static const char *
parse_v4(const char *host, long port, struct conf_listen *l)
{
	struct sockaddr_in *in = (struct sockaddr_in *)&l->address;

	if (strcmp(host, "*") == 0)
		host = "0.0.0.0";
	else if (strcmp(host, "localhost") == 0)
		host = "127.0.0.1";
	if (inet_pton(AF_INET, host, &in->sin_addr) != 1)
		return "the host must be an IP address, \"localhost\" "
		       "or \"*\"";
	in->sin_family = AF_INET;
	in->sin_port = htons((uint16_t)port);
	l->address_len = sizeof(*in);
	return NULL;
}

/*
 * Uses getaddrinfo(3) instead of inet_pton(3) because it knows scopes, as in
 * "fe80::1%eth0".
 */
static const char *
parse_v6(const char *host, long port, struct conf_listen *l)
{
	struct addrinfo hints = {
		.ai_family = AF_INET6,
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICHOST,
	};
	struct addrinfo *found;
	struct sockaddr_in6 *in = (struct sockaddr_in6 *)&l->address;

	if (getaddrinfo(host, NULL, &hints, &found) != 0)
		return "the text in brackets is not an IPv6 address";
	assert(found->ai_addrlen <= sizeof(l->address));
	memcpy(in, found->ai_addr, found->ai_addrlen);
	l->address_len = found->ai_addrlen;
	in->sin6_port = htons((uint16_t)port);
	freeaddrinfo(found);
	return NULL;
}

const char *
address_parse(const char *text, const char *dir, struct conf_listen *l)
{
	const char *colon = strrchr(text, ':');
	char host[80];
	size_t len;
	long port;

	memset(&l->address, 0, sizeof(l->address));
	l->address_len = 0;
	if (strncmp(text, "systemd:", 8) == 0)
		return text[8] == '\0' ? "has no name after \"systemd:\""
				       : NULL;
	if (strncmp(text, "unix:", 5) == 0)
		return parse_unix(text + 5, dir, l);
	if (colon == NULL || colon == text)
		return form;
	port = parse_port(colon + 1);
	if (port == -1)
		return "the port must be a number from 1 to 65535";
	len = (size_t)(colon - text);
	if (len >= sizeof(host))
		return form;
	memcpy(host, text, len);
	host[len] = '\0';
	if (host[0] != '[')
		return parse_v4(host, port, l);
	if (host[len - 1] != ']')
		return form;
	host[len - 1] = '\0';
	return parse_v6(host + 1, port, l);
}

bool
address_is_same(const struct conf_listen *a, const struct conf_listen *b)
{
	if (a->text == NULL || b->text == NULL ||
		a->address_len != b->address_len)
		return false;
	if (a->address_len == 0)
		return strcmp(a->text, b->text) == 0;
	return memcmp(&a->address, &b->address, a->address_len) == 0;
}
