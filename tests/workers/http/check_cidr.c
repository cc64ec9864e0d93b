/*
 * Addresses in networks.
 * SPDX-License-Identifier: MIT
 */
#include "http/cidr.h"

#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <string.h>

#include "common/conf.h"
#include "support/harness.h"

static const struct conf_network networks[] = {
	{ "10.0.0.0/8", { [10] = 0xff, [11] = 0xff, [12] = 10 }, 104 },
	{ "10.9.0.0/17", { [10] = 0xff, [11] = 0xff, [12] = 10, [13] = 9 },
		113 },
	{ "fd00::/9", { 0xfd }, 9 },
	{ "::1", { [15] = 1 }, 128 },
	{ "::/0", { 0 }, 0 },
};

static const struct {
	const char *address;
	size_t network;
	bool is_in;
} rows[] = {
	{ "10.0.0.0", 0, true },
	{ "10.255.255.255", 0, true },
	{ "11.0.0.0", 0, false },
	{ "9.255.255.255", 0, false },
	{ "10.9.127.255", 1, true },
	{ "10.9.128.0", 1, false },
	{ "::ffff:10.1.2.3", 0, true },
	{ "::10.1.2.3", 0, false },
	{ "fd7f::1", 2, true },
	{ "fd80::1", 2, false },
	{ "::1", 3, true },
	{ "::2", 3, false },
	{ "127.0.0.1", 3, false },
	{ "127.0.0.1", 4, true },
	{ "fe80::1", 4, true },
};

static struct sockaddr_storage
address_of(const char *text)
{
	struct sockaddr_storage a = { 0 };

	if (inet_pton(AF_INET, text,
		    &((struct sockaddr_in *)(void *)&a)->sin_addr) == 1) {
		a.ss_family = AF_INET;
		return a;
	}
	a.ss_family = AF_INET6;
	ck_assert_int_eq(
		inet_pton(AF_INET6, text,
			&((struct sockaddr_in6 *)(void *)&a)->sin6_addr),
		1);
	return a;
}

START_TEST(an_address_is_matched_against_its_network)
{
	const struct conf_networks one = { .all = &networks[rows[_i].network],
		.count = 1 };
	struct sockaddr_storage a = address_of(rows[_i].address);

	ck_assert_int_eq(
		cidr_match(&one, (struct sockaddr *)&a), rows[_i].is_in);
}
END_TEST

static const struct {
	size_t allow, deny;
	const char *address;
	bool is_admitted;
} decisions[] = {
	{ 0, 0, "10.9.0.1", true },
	{ 1, 0, "10.9.0.1", true },
	{ 1, 0, "11.9.0.1", false },
	{ 0, 1, "10.9.0.1", false },
	{ 0, 1, "10.10.0.1", true },
	{ 1, 1, "10.9.0.1", false },
	{ 1, 1, "10.10.0.1", true },
};

START_TEST(deny_overrides_allow)
{
	const struct conf_route route = {
		.allow = { .all = &networks[0], .count = decisions[_i].allow },
		.deny = { .all = &networks[1], .count = decisions[_i].deny },
	};
	struct sockaddr_storage a = address_of(decisions[_i].address);

	ck_assert_int_eq(cidr_admits(&route, (struct sockaddr *)&a),
		decisions[_i].is_admitted);
}
END_TEST

START_TEST(a_unix_socket_is_in_no_ip_network)
{
	const struct conf_route route = { .allow = { .all = &networks[4],
						  .count = 1 } };
	const struct sockaddr a = { .sa_family = AF_UNIX };

	ck_assert(!cidr_admits(&route, &a));
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ an_address_is_matched_against_its_network, ROWS(rows) },
		{ deny_overrides_allow, ROWS(decisions) },
		{ a_unix_socket_is_in_no_ip_network, 0 },
	};

	return harness_run("cidr", tests, ROWS(tests));
}
