/*
 * The PROXY header in both versions: whole, cut at every byte, broken.
 * SPDX-License-Identifier: MIT
 */
#include "conn/proxy_protocol.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

#include "support/harness.h"

#define V2        "\r\n\r\n\0\r\nQUIT\n"
#define IP4       "\xc0\x00\x02\x01\xc6\x33\x64\x02\x30\x39\x00\x50"
#define ADDR6     "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0"
#define IP6       ADDR6 "\x07" ADDR6 "\x08\x30\x39\x00\x50"
#define X8        "xxxxxxxx"
#define X64       X8 X8 X8 X8 X8 X8 X8 X8
#define UNIX      X64 X64 X64 X8 X8 X8
#define ROW(text) "" text, sizeof(text) - 1

/* want: "client port server port", "local", or how it begins with what is
 * wrong. */
struct row {
	const char *bytes;
	size_t len;
	const char *want;
};

// clang-format off
static const struct row v1_rows[] = {
	{ ROW("PROXY TCP4 192.0.2.1 198.51.100.2 12345 80\r\n"),
		"192.0.2.1 12345 198.51.100.2 80" },
	{ ROW("PROXY TCP4 255.255.255.255 0.0.0.0 65535 0\r\n"),
		"255.255.255.255 65535 0.0.0.0 0" },
	{ ROW("PROXY TCP6 2001:db8::7 2001:db8::8 12345 80\r\n"),
		"2001:db8::7 12345 2001:db8::8 80" },
	{ ROW("PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
	      "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n"),
		"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 "
		"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535" },
	{ ROW("PROXY TCP6 ::ffff:192.0.2.1 ::1 1 2\r\n"),
		"::ffff:192.0.2.1 1 ::1 2" },
	{ ROW("PROXY UNKNOWN\r\n"), "local" },
	{ ROW("PROXY UNKNOWN ffff:: ffff:: 65535 65535\r\n"), "local" },
	{ ROW("PROXY UNKNOWN whatever this may say\r\n"), "local" },
	{ ROW("PROXY UNKNOWN \r\n"), "local" },
	{ ROW("PROXY UNKNOWN \r \t\r\n"), "local" },
	{ ROW("PROXY TCP4 192.0.2.1 198.51.100.2 0 0\r\n"),
		"192.0.2.1 0 198.51.100.2 0" },
	{ ROW("PROXY TCP4 0.0.0.0 255.255.255.255 1 65535\r\n"),
		"0.0.0.0 1 255.255.255.255 65535" },
	{ ROW("PROXY TCP6 :: 2001:DB8::A 0 65535\r\n"),
		":: 0 2001:db8::a 65535" },
	{ ROW("PROXY TCP6 0:0:0:0:0:0:0:1 1::8 9 10\r\n"), "::1 9 1::8 10" },
	/* 107 bytes, the most that there may be */
	{ ROW("PROXY UNKNOWN " X64 X8 X8 "0123456789a\r\n"), "local" },
};

static const struct row v2_rows[] = {
	{ ROW(V2 "\x21\x11\x00\x0c" IP4), "192.0.2.1 12345 198.51.100.2 80" },
	{ ROW(V2 "\x21\x21\x00\x24" IP6), "2001:db8::7 12345 2001:db8::8 80" },
	{ ROW(V2 "\x20\x00\x00\x00"), "local" },
	{ ROW(V2 "\x20\x11\x00\x0c" IP4), "local" },
	{ ROW(V2 "\x20\x77\x00\x03" "abc"), "local" },
	{ ROW(V2 "\x21\x00\x00\x00"), "local" },
	{ ROW(V2 "\x21\x31\x00\xd8" UNIX), "local" },
	{ ROW(V2 "\x20\x31\x00\x00"), "local" },
	{ ROW(V2 "\x20\x21\x00\x24" IP6), "local" },
	/* of LOCAL nothing is read, of the others what follows the addresses */
	{ ROW(V2 "\x20\x11\x00\x10" IP4 "\x04\xff\xff\xff"), "local" },
	{ ROW(V2 "\x21\x00\x00\x06" "\x04\x00\x03" "abc"), "local" },
	{ ROW(V2 "\x21\x31\x00\xdb" UNIX "\x04\x00\x00"), "local" },
	{ ROW(V2 "\x21\x21\x00\x29" IP6 "\x01\x00\x02h2"),
		"2001:db8::7 12345 2001:db8::8 80" },
	{ ROW(V2 "\x21\x11\x00\x1e" IP4 "\x01\x00\x02h2" "\x02\x00\x05" "a.org"
		"\x05\x00\x02id"),
		"192.0.2.1 12345 198.51.100.2 80" },
	/* behind the addresses: NOOP, ALPN, an unknown type, an empty one */
	{ ROW(V2 "\x21\x11\x00\x0f" IP4 "\x04\x00\x00"),
		"192.0.2.1 12345 198.51.100.2 80" },
	{ ROW(V2 "\x21\x11\x00\x11" IP4 "\x01\x00\x02h2"),
		"192.0.2.1 12345 198.51.100.2 80" },
	{ ROW(V2 "\x21\x11\x00\x16" IP4 "\x02\x00\x07" "a.b.org"),
		"192.0.2.1 12345 198.51.100.2 80" },
	{ ROW(V2 "\x21\x11\x00\x12" IP4 "\xea\x00\x03" "abc"),
		"192.0.2.1 12345 198.51.100.2 80" },
	{ ROW(V2 "\x21\x11\x00\x0f" IP4 "\xe4\x00\x00"),
		"192.0.2.1 12345 198.51.100.2 80" },
	{ ROW(V2 "\x21\x11\x00\x13" IP4 "\x05\x00\x04" "id-1"),
		"192.0.2.1 12345 198.51.100.2 80" },
	/* the client came by TLS; it did not */
	{ ROW(V2 "\x21\x11\x00\x14" IP4 "\x20\x00\x05\x01\0\0\0\0"),
		"192.0.2.1 12345 198.51.100.2 80 tls" },
	{ ROW(V2 "\x21\x11\x00\x14" IP4 "\x20\x00\x05\x00\0\0\0\0"),
		"192.0.2.1 12345 198.51.100.2 80" },
	{ ROW(V2 "\x21\x11\x00\x1e" IP4
		"\x20\x00\x0f\x05\0\0\0\0\x21\x00\x07TLSv1.3"),
		"192.0.2.1 12345 198.51.100.2 80 tls" },
	/* with a certificate that was verified, one that was not, and without
	 * TLS whatever else it says */
	{ ROW(V2 "\x21\x11\x00\x14" IP4 "\x20\x00\x05\x07\0\0\0\0"),
		"192.0.2.1 12345 198.51.100.2 80 tls" },
	{ ROW(V2 "\x21\x11\x00\x14" IP4 "\x20\x00\x05\x03\0\0\0\x12"),
		"192.0.2.1 12345 198.51.100.2 80 tls" },
	{ ROW(V2 "\x21\x11\x00\x14" IP4 "\x20\x00\x05\xfe\0\0\0\0"),
		"192.0.2.1 12345 198.51.100.2 80" },
	{ ROW(V2 "\x21\x11\x00\x27" IP4 "\x20\x00\x18\x01\0\0\0\0"
		"\x21\x00\x07TLSv1.2" "\x22\x00\x03" "a.b" "\x23\x00\x00"),
		"192.0.2.1 12345 198.51.100.2 80 tls" },
};

static const struct row broken[] = {
	{ ROW("PROXY \r\n"), "a line without a protocol" },
	{ ROW("PROXY  TCP4 192.0.2.1 192.0.2.2 1 2\r\n"),
		"a line without a protocol" },
	{ ROW("PROXY TCP4\r\n"), "a line without two addresses" },
	{ ROW("PROXY TCP4 192.0.2.1\r\n"), "a line without two addresses" },
	{ ROW("PROXY TCP4 192.0.2.1 192.0.2.2\r\n"),
		"a line without two addresses" },
	{ ROW("PROXY TCP4 192.0.2.1 192.0.2.2 1\r\n"),
		"a line without two addresses" },
	{ ROW("PROXY TCP4 192.0.2.1 192.0.2.2 1 2 3\r\n"),
		"a line without two addresses" },
	{ ROW("PROXY TCP4 192.0.2.1  192.0.2.2 1 2\r\n"),
		"a line without two addresses" },
	{ ROW("PROXY TCP4 192.0.2.1 192.0.2.2 1 2 \r\n"), "a line with a space" },
	{ ROW("PROXY TCP4 192.0.2.1 192.0.2.2 1 \r\n"), "a line with a space" },
	{ ROW("PROXY TCP4 \r\n"), "a line without two addresses" },
	{ ROW("PROXY TCP4 192.0.2.1\t192.0.2.2 1 2\r\n"),
		"a line without two addresses" },
	{ ROW("PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\r\n"), "a port" },
	{ ROW("PROXY TCP4 192.0.2.1 192.0.2.2  1 2\r\n"),
		"a line without two addresses" },
	{ ROW("PROXY TCP4 192.0.02.1 192.0.2.2 1 2\r\n"), "an address" },
	{ ROW("PROXY TCP4 192.0.2 192.0.2.2 1 2\r\n"), "an address" },
	{ ROW("PROXY TCP6 ::1%lo ::1 1 2\r\n"), "an address" },
	{ ROW("PROXY TCP6 [::1] ::1 1 2\r\n"), "an address" },
	{ ROW("PROXY TCP6 ::ffff:192.0.2.1 192.0.2.2 1 2\r\n"), "an address" },
	{ ROW("PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.2555 ::1 1 2\r\n"),
		"a line without two addresses" },
	{ ROW("PROXY UNKNOWNS\r\n"), "a line without a protocol" },
	{ ROW("PROXY unknown\r\n"), "a protocol" },
	{ ROW("PROXY UNKNOWN " X64 X8 X8 "0123456789ab\r\n"), "a line over 107" },
	{ ROW("PROXY UNKNOWN\n"), "a line that does not" },
	{ ROW("PROXY TCP4 192.0.2.1 192.0.2.2 1 00\r\n"), "a port" },
	{ ROW("PROXY TCP4 192.0.2.1 192.0.2.2 4294967297 2\r\n"),
		"a line without two addresses" },
	{ ROW("PROXY TCP4 ::1 ::1 1 2\r\n"), "an address" },
	{ ROW("PROXY TCP6 192.0.2.1 ::1 1 2\r\n"), "an address" },
	{ ROW("PROXY TCP4 192.0.2.256 192.0.2.2 1 2\r\n"), "an address" },
	{ ROW("PROXY TCP4 192.0.2.1 x 1 2\r\n"), "an address" },
	{ ROW("PROXY TCP4 192.0.2.1 192.0.2.2 65536 2\r\n"), "a port" },
	{ ROW("PROXY TCP4 192.0.2.1 192.0.2.2 1 99999\r\n"), "a port" },
	{ ROW("PROXY TCP4 192.0.2.1 192.0.2.2 000001 2\r\n"), "a port" },
	{ ROW("PROXY TCP4 192.0.2.1 192.0.2.2 -1 2\r\n"), "a port" },
	{ ROW("PROXY TCP4 192.0.2.1 192.0.2.2 +1 2\r\n"), "a port" },
	{ ROW("PROXY TCP4 192.0.2.1 192.0.2.2 01 2\r\n"), "a port" },
	{ ROW("PROXY TCP4 192.0.2.1 192.0.2.2 1 0x2\r\n"), "a port" },
	{ ROW("PROXY UDP4 192.0.2.1 192.0.2.2 1 2\r\n"), "a protocol" },
	{ ROW("PROXY tcp4 192.0.2.1 192.0.2.2 1 2\r\n"), "a protocol" },
	{ ROW("PROXY TCP4 192.0.2.1 192.0.2.2 1 2\n"), "a line that does not" },
	{ ROW("PROXY TCP4 192.0.2.1 192.0.2.2 1 2\0\r\n"), "a NUL" },
	{ ROW("PROXY UNKNOWN" X64 X64 "\r\n"), "a line over 107" },
	{ ROW("PROXY UNKNOWN" X64 X64), "a line over 107" },
	{ ROW(V2 "\x11\x11\x00\x0c" IP4), "a version" },
	{ ROW(V2 "\x31\x11\x00\x0c" IP4), "a version" },
	{ ROW(V2 "\x22\x11\x00\x0c" IP4), "a version" },
	{ ROW(V2 "\x2f"), "a version" },
	{ ROW(V2 "\x21\x12\x00\x0c" IP4), "a family" },
	{ ROW(V2 "\x21\x22\x00\x24" IP6), "a family" },
	{ ROW(V2 "\x21\x41\x00\x0c" IP4), "a family" },
	{ ROW(V2 "\x21\x32\x00\xd8" UNIX), "a family" },
	{ ROW(V2 "\x21\x01\x00\x00"), "a family" },
	{ ROW(V2 "\x21\x10\x00\x0c" IP4), "a family" },
	{ ROW(V2 "\x01\x11\x00\x0c" IP4), "a version" },
	{ ROW(V2 "\x21\x11\x00\x00"), "a length too short" },
	{ ROW(V2 "\x21\x21\x00\x23" IP6), "a length too short" },
	{ ROW(V2 "\x21\x31\x00\xd7" UNIX), "a length too short" },
	{ ROW(V2 "\x21\x00\x00\x02" "ab"), "a type-length-value cut" },
	/* within the value of TLS: cut short, longer than the value */
	{ ROW(V2 "\x21\x11\x00\x16" IP4 "\x20\x00\x07\x01\0\0\0\0\x21\x00"),
		"a broken value" },
	{ ROW(V2 "\x21\x11\x00\x1d" IP4
		"\x20\x00\x0e\x05\0\0\0\0\x21\x00\x07TLSv1."),
		"a broken value" },
	{ ROW(V2 "\x21\x11\x00\x17" IP4
		"\x20\x00\x08\x05\0\0\0\0\x21\xff\xff"),
		"a broken value" },
	{ ROW(V2 "\x21\x11\x00\x90" IP4 "\x05\x00\x81" X64 X64 "x"),
		"a broken value" },
	{ ROW(V2 "\x21\x11\x00\x0b" IP4), "a length too short" },
	{ ROW(V2 "\x21\x21\x00\x0c" IP4), "a length too short" },
	{ ROW(V2 "\x21\x31\x00\x0c" IP4), "a length too short" },
	{ ROW(V2 "\x21\x11\x10\x00" IP4), "a header over 4096" },
	{ ROW(V2 "\x21\x11\xff\xff"), "a header over 4096" },
	{ ROW(V2 "\x20\x00\xff\xff"), "a header over 4096" },
	{ ROW(V2 "\x21\x11\x00\x0d" IP4 "\x04"), "a type-length-value cut" },
	{ ROW(V2 "\x21\x11\x00\x0e" IP4 "\x04\x00"),
		"a type-length-value cut" },
	{ ROW(V2 "\x21\x11\x00\x10" IP4 "\x04\x00\x02x"),
		"a type-length-value that" },
	{ ROW(V2 "\x21\x11\x00\x0f" IP4 "\x01\x00\x00"), "a broken value" },
	{ ROW(V2 "\x21\x11\x00\x0f" IP4 "\x02\x00\x00"), "a broken value" },
	{ ROW(V2 "\x21\x11\x00\x13" IP4 "\x20\x00\x04\x01\0\0\0"),
		"a broken value" },
	{ ROW(V2 "\x21\x11\x00\x13" IP4 "\x03\x00\x04" "abcd"),
		"a wrong checksum" },
	{ ROW(V2 "\x21\x11\x00\x12" IP4 "\x03\x00\x03" "abc"),
		"a wrong checksum" },
};

static const struct row absent[] = {
	{ ROW("GET / HTTP/1.1\r\n"), "" },
	{ ROW("PROXX"), "" },
	{ ROW("PROXY\r\n"), "" },
	{ ROW("PROXY\tTCP4 192.0.2.1 192.0.2.2 1 2\r\n"), "" },
	{ ROW(" PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n"), "" },
	{ ROW("\r\nPROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n"), "" },
	{ ROW("PROPFIND / HTTP/1.1\r\n"), "" },
	{ ROW("proxy TCP4"), "" },
	{ ROW("\r\n\r\nGET /"), "" },
	{ ROW("\r\n\r\n\0\r\nQUIX"), "" },
	{ ROW("\x16\x03\x01\x02\x00"), "" },
	{ ROW("PRI * HTTP/2.0\r\n"), "" },
};
// clang-format on

static void
print_address(char *text, size_t size, const union proxy_address *a)
{
	char name[INET6_ADDRSTRLEN];
	const void *from = a->any.sa_family == AF_INET
				   ? (const void *)&a->ip4.sin_addr
				   : (const void *)&a->ip6.sin6_addr;

	inet_ntop(a->any.sa_family, from, name, sizeof(name));
	snprintf(text, size, "%s %u", name, ntohs(a->ip4.sin_port));
}

static void
print_header(char *text, size_t size, const struct proxy_header *h)
{
	char client[64], server[64];

	if (h->is_local) {
		snprintf(text, size, "local");
		return;
	}
	print_address(client, sizeof(client), &h->client);
	print_address(server, sizeof(server), &h->server);
	snprintf(
		text, size, "%s %s%s", client, server, h->is_tls ? " tls" : "");
}

/* Parses from memory that ends where the bytes end, so that a sanitizer sees
 * what is read behind them. */
static enum proxy_result
parse_exactly(struct proxy_header *h, const char *bytes, size_t len)
{
	char *copy = malloc(len + (len == 0));
	enum proxy_result result;

	memcpy(copy, bytes, len);
	result = proxy_protocol_parse(h, copy, len);
	free(copy);
	return result;
}

static void
assert_whole(const struct row *row)
{
	struct proxy_header h;
	char text[512], more[1024];

	ck_assert_int_eq(
		proxy_protocol_parse(&h, row->bytes, row->len), PROXY_WHOLE);
	ck_assert_uint_eq(h.len, row->len);
	print_header(text, sizeof(text), &h);
	ck_assert_str_eq(text, row->want);
	for (size_t len = 0; len < row->len; len++)
		ck_assert_int_eq(
			parse_exactly(&h, row->bytes, len), PROXY_PARTIAL);
	memcpy(more, row->bytes, row->len);
	memcpy(more + row->len, "GET", 3);
	ck_assert_int_eq(parse_exactly(&h, more, row->len + 3), PROXY_WHOLE);
	ck_assert_uint_eq(h.len, row->len);
}

START_TEST(a_line_of_version_1_names_the_addresses)
{
	assert_whole(&v1_rows[_i]);
}
END_TEST

START_TEST(a_header_of_version_2_names_the_addresses)
{
	assert_whole(&v2_rows[_i]);
}
END_TEST

START_TEST(a_broken_header_is_refused_with_the_rule)
{
	const struct row *row = &broken[_i];
	struct proxy_header h;

	ck_assert_int_eq(
		parse_exactly(&h, row->bytes, row->len), PROXY_INVALID);
	ck_assert_msg(strncmp(h.why, row->want, strlen(row->want)) == 0,
		"%s instead of %s", h.why, row->want);
}
END_TEST

START_TEST(other_input_is_not_taken_for_a_header)
{
	struct proxy_header h;

	ck_assert_int_eq(parse_exactly(&h, absent[_i].bytes, absent[_i].len),
		PROXY_ABSENT);
}
END_TEST

/* The checksum was computed by another implementation of CRC-32C. */
START_TEST(a_right_checksum_is_accepted)
{
	static const char header[] = V2 "\x21\x11\x00\x13" IP4 "\x03\x00\x04"
					"\x86\x8c\xb9\x83";
	struct proxy_header h;

	ck_assert_int_eq(
		parse_exactly(&h, header, sizeof(header) - 1), PROXY_WHOLE);
}
END_TEST

START_TEST(any_bit_that_changes_breaks_the_checksum)
{
	static const char header[] = V2 "\x21\x11\x00\x13" IP4 "\x03\x00\x04"
					"\x86\x8c\xb9\x83";
	struct proxy_header h;
	char changed[sizeof(header) - 1];

	for (size_t at = 16; at < 28; at++) {
		memcpy(changed, header, sizeof(changed));
		changed[at] ^= 1;
		ck_assert_int_eq(parse_exactly(&h, changed, sizeof(changed)),
			PROXY_INVALID);
	}
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ a_line_of_version_1_names_the_addresses, ROWS(v1_rows) },
		{ a_header_of_version_2_names_the_addresses, ROWS(v2_rows) },
		{ a_broken_header_is_refused_with_the_rule, ROWS(broken) },
		{ other_input_is_not_taken_for_a_header, ROWS(absent) },
		{ a_right_checksum_is_accepted, 1 },
		{ any_bit_that_changes_breaks_the_checksum, 1 },
	};

	return harness_run("proxy_protocol", tests, ROWS(tests));
}
