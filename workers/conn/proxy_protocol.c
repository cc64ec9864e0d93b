/*
 * Version 1 is a line of text, version 2 a binary head of 16 bytes, addresses
 * and type-length-values.  Nothing is guessed: a header that breaks a rule ends
 * the connection, because the bytes behind it cannot be trusted to begin where
 * a request begins.
 * SPDX-License-Identifier: MIT
 */
#include "conn/proxy_protocol.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <string.h>

#include "common/span.h"

enum {
	V1_MAX = 107, /* bytes of a line with its CRLF */
	V2_HEAD = 16,
	V2_IP4 = 12, /* bytes of the addresses and ports */
	V2_IP6 = 36,
	V2_UNIX = 216,
	TLV_HEAD = 3,
	SSL_HEAD = 5,
};

enum tlv_type {
	TLV_ALPN = 0x01,
	TLV_AUTHORITY = 0x02,
	TLV_CRC32C = 0x03,
	TLV_UNIQUE_ID = 0x05,
	TLV_SSL = 0x20,
};

enum { CLIENT_SSL = 0x01 /* PP2_CLIENT_SSL */ };

static const char v1_start[] = "PROXY ";
static const char v2_start[] = "\r\n\r\n\0\r\nQUIT\n";

enum { V1_START = sizeof(v1_start) - 1, V2_START = sizeof(v2_start) - 1 };

static enum proxy_result
refuse_header(struct proxy_header *h, const char *why)
{
	h->why = why;
	return PROXY_INVALID;
}

/* ---- version 1 ----------------------------------------------------------- */

/* Takes the word up to the next space or the end from a line; false when the
 * line has no further word. */
static bool
take_word(struct span *line, char *word, size_t size)
{
	const char *space = memchr(line->at, ' ', line->len);
	size_t len = space == NULL ? line->len : (size_t)(space - line->at);

	if (len == 0 || len >= size)
		return false;
	memcpy(word, line->at, len);
	word[len] = '\0';
	len += space != NULL;
	line->at += len;
	line->len -= len;
	return true;
}

/* A port in decimal digits without a sign or a leading zero. */
static bool
parse_port(const char *word, in_port_t *port)
{
	unsigned n = 0;

	if (word[0] == '0' && word[1] != '\0')
		return false;
	for (const char *p = word; *p != '\0'; p++) {
		if (*p < '0' || *p > '9' || p - word == 5)
			return false;
		n = n * 10 + (unsigned)(*p - '0');
	}
	*port = htons((in_port_t)n);
	return n <= UINT16_MAX;
}

static bool
parse_address(int family, const char *word, union proxy_address *a)
{
	memset(a, 0, sizeof(*a));
	a->any.sa_family = (sa_family_t)family;
	if (family == AF_INET)
		return inet_pton(family, word, &a->ip4.sin_addr) == 1;
	return inet_pton(family, word, &a->ip6.sin6_addr) == 1;
}

/* The port is at the same offset in both families. */
_Static_assert(offsetof(struct sockaddr_in, sin_port) ==
		       offsetof(struct sockaddr_in6, sin6_port),
	"a port is written without regard to the family");

static enum proxy_result
parse_v1_addresses(struct proxy_header *h, int family, struct span line)
{
	char client[INET6_ADDRSTRLEN], server[INET6_ADDRSTRLEN];
	char from[8], to[8];

	if (line.len > 0 && line.at[line.len - 1] == ' ')
		return refuse_header(h, "a line with a space at its end");
	if (!take_word(&line, client, sizeof(client)) ||
		!take_word(&line, server, sizeof(server)) ||
		!take_word(&line, from, sizeof(from)) ||
		!take_word(&line, to, sizeof(to)) || line.len > 0)
		return refuse_header(h, "a line without two addresses and "
					"two ports");
	if (!parse_address(family, client, &h->client) ||
		!parse_address(family, server, &h->server))
		return refuse_header(h, "an address that is not of its family");
	if (!parse_port(from, &h->client.ip4.sin_port) ||
		!parse_port(to, &h->server.ip4.sin_port))
		return refuse_header(h, "a port that is not 0 to 65535");
	return PROXY_WHOLE;
}

static enum proxy_result
parse_v1_line(struct proxy_header *h, struct span line)
{
	char protocol[8];

	if (!take_word(&line, protocol, sizeof(protocol)))
		return refuse_header(h, "a line without a protocol");
	if (strcmp(protocol, "UNKNOWN") == 0) {
		h->is_local = true;
		return PROXY_WHOLE;
	}
	if (strcmp(protocol, "TCP4") == 0)
		return parse_v1_addresses(h, AF_INET, line);
	if (strcmp(protocol, "TCP6") == 0)
		return parse_v1_addresses(h, AF_INET6, line);
	return refuse_header(h, "a protocol other than TCP4, TCP6 and UNKNOWN");
}

static enum proxy_result
parse_v1(struct proxy_header *h, const char *bytes, size_t len)
{
	size_t most = len < V1_MAX ? len : V1_MAX;
	const char *lf = memchr(bytes, '\n', most);
	struct span line = { bytes + V1_START, 0 };

	if (lf == NULL && len >= V1_MAX)
		return refuse_header(h, "a line over 107 bytes");
	if (lf == NULL)
		return PROXY_PARTIAL;
	if (lf[-1] != '\r')
		return refuse_header(h, "a line that does not end with CRLF");
	line.len = (size_t)(lf - 1 - line.at);
	if (memchr(line.at, '\0', line.len) != NULL)
		return refuse_header(h, "a NUL byte");
	h->len = (size_t)(lf + 1 - bytes);
	return parse_v1_line(h, line);
}

/* ---- version 2 ----------------------------------------------------------- */

static size_t
read_16(const unsigned char *p)
{
	return (size_t)p[0] << 8 | p[1];
}

static uint32_t
read_32(const unsigned char *p)
{
	return (uint32_t)(read_16(p) << 16 | read_16(p + 2));
}

/* Castagnoli's polynomial, reflected (RFC 3720 12.1), a bit at a time: headers
 * with a checksum are few and short. */
static uint32_t
add_crc32c(uint32_t crc, const unsigned char *bytes, size_t len)
{
	while (len-- > 0) {
		crc ^= *bytes++;
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (0x82f63b78 & -(crc & 1));
	}
	return crc;
}

/* True when the checksum is that of the header with zeros in its place. */
static bool
is_checksum_right(
	const unsigned char *header, size_t len, const unsigned char *checksum)
{
	static const unsigned char zeros[4];
	size_t before = (size_t)(checksum - header);
	uint32_t crc = UINT32_MAX;

	crc = add_crc32c(crc, header, before);
	crc = add_crc32c(crc, zeros, sizeof(zeros));
	crc = add_crc32c(crc, checksum + 4, len - before - 4);
	return ~crc == read_32(checksum);
}

/* The value of TLV_SSL: flags, the verdict on the client's certificate, which
 * nothing here uses, and type-length-values of its own. */
static bool
take_ssl(struct proxy_header *h, const unsigned char *value, size_t len)
{
	size_t at = SSL_HEAD;

	if (len < SSL_HEAD)
		return false;
	while (at < len) {
		if (len - at < TLV_HEAD)
			return false;
		at += TLV_HEAD + read_16(value + at + 1);
	}
	h->is_tls = value[0] & CLIENT_SSL;
	return at == len;
}

/* Takes a type-length-value; returns false if it is malformed. */
static bool
take_tlv(struct proxy_header *h, const unsigned char *header, unsigned type,
	const unsigned char *value, size_t len)
{
	switch (type) {
	case TLV_ALPN:
	case TLV_AUTHORITY:
		return len > 0;
	case TLV_UNIQUE_ID:
		return len <= 128;
	case TLV_CRC32C:
		return len == 4 && is_checksum_right(header, h->len, value);
	case TLV_SSL:
		return take_ssl(h, value, len);
	default:
		return true;
	}
}

static enum proxy_result
parse_tlvs(struct proxy_header *h, const unsigned char *header, size_t at)
{
	while (at < h->len) {
		size_t left = h->len - at, len;

		if (left < TLV_HEAD)
			return refuse_header(
				h, "a type-length-value cut short");
		len = read_16(header + at + 1);
		if (len > left - TLV_HEAD)
			return refuse_header(h, "a type-length-value that is "
						"longer than the header");
		if (!take_tlv(
			    h, header, header[at], header + at + TLV_HEAD, len))
			return refuse_header(h, header[at] == TLV_CRC32C
							? "a wrong checksum"
							: "a broken value");
		at += TLV_HEAD + len;
	}
	return PROXY_WHOLE;
}

static void
take_ip4(struct proxy_header *h, const unsigned char *p)
{
	h->client.ip4.sin_family = h->server.ip4.sin_family = AF_INET;
	memcpy(&h->client.ip4.sin_addr, p, 4);
	memcpy(&h->server.ip4.sin_addr, p + 4, 4);
	memcpy(&h->client.ip4.sin_port, p + 8, 2);
	memcpy(&h->server.ip4.sin_port, p + 10, 2);
}

static void
take_ip6(struct proxy_header *h, const unsigned char *p)
{
	h->client.ip6.sin6_family = h->server.ip6.sin6_family = AF_INET6;
	memcpy(&h->client.ip6.sin6_addr, p, 16);
	memcpy(&h->server.ip6.sin6_addr, p + 16, 16);
	memcpy(&h->client.ip6.sin6_port, p + 32, 2);
	memcpy(&h->server.ip6.sin6_port, p + 34, 2);
}

/* Parses the addresses after the head.  Returns their length, or -1 if the byte
 * of family and transport is not one of the protocol. */
static int
take_addresses(struct proxy_header *h, const unsigned char *bytes, size_t len)
{
	switch (bytes[13]) {
	case 0x11: /* TCP over IPv4 */
		if (len >= V2_IP4)
			take_ip4(h, bytes + V2_HEAD);
		return V2_IP4;
	case 0x21: /* TCP over IPv6 */
		if (len >= V2_IP6)
			take_ip6(h, bytes + V2_HEAD);
		return V2_IP6;
	case 0x00: /* unspecified */
		h->is_local = true;
		return 0;
	case 0x31: /* a unix stream socket */
		h->is_local = true;
		return V2_UNIX;
	default:
		return -1;
	}
}

static enum proxy_result
parse_v2_body(struct proxy_header *h, const unsigned char *bytes)
{
	size_t len = h->len - V2_HEAD;
	int used;

	/* LOCAL: the balancer's own connection; the rest is to be skipped. */
	if (bytes[12] == 0x20) {
		h->is_local = true;
		return PROXY_WHOLE;
	}
	used = take_addresses(h, bytes, len);
	if (used == -1)
		return refuse_header(h, "a family or transport other than TCP "
					"over IPv4, IPv6 or unix");
	if (len < (size_t)used)
		return refuse_header(h, "a length too short for its addresses");
	return parse_tlvs(h, bytes, V2_HEAD + (size_t)used);
}

static enum proxy_result
parse_v2(struct proxy_header *h, const unsigned char *bytes, size_t len)
{
	if (len > 12 && bytes[12] != 0x20 && bytes[12] != 0x21)
		return refuse_header(h, "a version other than 2, or a command "
					"other than LOCAL and PROXY");
	if (len < V2_HEAD)
		return PROXY_PARTIAL;
	h->len = V2_HEAD + read_16(bytes + 14);
	if (h->len > PROXY_HEADER_MAX)
		return refuse_header(h, "a header over 4096 bytes");
	if (len < h->len)
		return PROXY_PARTIAL;
	return parse_v2_body(h, bytes);
}

/* ---- both ---------------------------------------------------------------- */

/* True when the input agrees with the start, as far as both go. */
static bool
may_start(const char *bytes, size_t len, const char *start, size_t start_len)
{
	return memcmp(bytes, start, len < start_len ? len : start_len) == 0;
}

enum proxy_result
proxy_protocol_parse(struct proxy_header *h, const char *bytes, size_t len)
{
	memset(h, 0, sizeof(*h));
	if (may_start(bytes, len, v2_start, V2_START))
		return len < V2_START ? PROXY_PARTIAL
				      : parse_v2(h, (const void *)bytes, len);
	if (may_start(bytes, len, v1_start, V1_START))
		return len < V1_START ? PROXY_PARTIAL : parse_v1(h, bytes, len);
	return PROXY_ABSENT;
}
