/*
 * The client of a request, stated by trusted proxies and by others.
 * SPDX-License-Identifier: MIT
 */
#include "serve/forwarded.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>

#include "conn/exchange.h"
#include "conn/peer.h"
#include "support/fake_worker.h"
#include "support/harness.h"

#define XFF   "X-Forwarded-For: "
#define PROTO "X-Forwarded-Proto: "
#define FWD   "Forwarded: "
#define REAL  "X-Real-IP: "
#define CF    "CF-Connecting-IP: "
#define E     "\r\n"

/* 10.0.0.0/8, fd00::/8 and unix sockets. */
static const struct conf_network trusted[] = {
	{ "10.0.0.0/8", { [10] = 0xff, [11] = 0xff, [12] = 10 }, 104 },
	{ "fd00::/8", { 0xfd }, 8 },
};

// clang-format off
static const struct {
	enum conf_forwarded field;
	const char *peer, *fields;
	const char *client;
	bool is_https;
} rows[] = {
	/* one proxy */
	{ CONF_X_FORWARDED, "10.0.0.1", XFF "192.0.2.1" E, "192.0.2.1", false },
	{ CONF_X_FORWARDED, "10.0.0.1", XFF "192.0.2.1" E PROTO "https" E,
		"192.0.2.1", true },
	{ CONF_X_FORWARDED, "10.0.0.1", XFF "192.0.2.1" E PROTO "HTTPS" E,
		"192.0.2.1", true },
	{ CONF_X_FORWARDED, "10.0.0.1", XFF "192.0.2.1:999" E, "192.0.2.1",
		false },
	{ CONF_X_FORWARDED, "fd00::1", XFF "2001:db8::1" E, "2001:db8::1",
		false },
	{ CONF_X_FORWARDED, "fd00::1", XFF "[2001:db8::1]:443" E,
		"2001:db8::1", false },
	{ CONF_X_FORWARDED, "unix", XFF "192.0.2.1" E, "192.0.2.1", false },
	{ CONF_X_FORWARDED, "::ffff:10.1.2.3", XFF "192.0.2.1" E, "192.0.2.1",
		false },
	/* IPv4 in IPv6 is shown as IPv4 */
	{ CONF_X_FORWARDED, "10.0.0.1", XFF "::ffff:192.0.2.1" E, "192.0.2.1",
		false },
	{ CONF_X_FORWARDED, "10.0.0.1", XFF "[::ffff:c000:201]:443" E,
		"192.0.2.1", false },
	{ CONF_X_FORWARDED, "::ffff:11.1.2.3", "", "11.1.2.3", false },
	{ CONF_X_FORWARDED, "10.0.0.1", "", "10.0.0.1", false },
	{ CONF_X_FORWARDED, "10.0.0.1", PROTO "https" E, "10.0.0.1", true },
	/* an untrusted peer */
	{ CONF_X_FORWARDED, "192.0.2.9", XFF "192.0.2.1" E PROTO "https" E,
		"192.0.2.9", false },
	{ CONF_X_FORWARDED, "11.0.0.1", XFF "10.0.0.1" E, "11.0.0.1", false },
	/* text of the client is left of what the proxy appended */
	{ CONF_X_FORWARDED, "10.0.0.1", XFF "127.0.0.1, 192.0.2.1" E,
		"192.0.2.1", false },
	{ CONF_X_FORWARDED, "10.0.0.1", XFF "127.0.0.1" E XFF "192.0.2.1" E,
		"192.0.2.1", false },
	{ CONF_X_FORWARDED, "10.0.0.1", XFF "10.0.0.9, 192.0.2.1" E,
		"192.0.2.1", false },
	{ CONF_X_FORWARDED, "10.0.0.1", XFF "192.0.2.1" E FWD "for=127.0.0.1" E,
		"192.0.2.1", false },
	{ CONF_X_FORWARDED, "10.0.0.1", FWD "for=127.0.0.1;proto=https" E,
		"10.0.0.1", false },
	/* two and three proxies */
	{ CONF_X_FORWARDED, "10.0.0.1", XFF "192.0.2.1, 10.0.0.2" E,
		"192.0.2.1", false },
	{ CONF_X_FORWARDED, "10.0.0.1",
		XFF "127.0.0.1,192.0.2.1" E XFF "10.0.0.3,10.0.0.2" E,
		"192.0.2.1", false },
	{ CONF_X_FORWARDED, "10.0.0.1", XFF "10.0.0.3, 10.0.0.2" E, "10.0.0.3",
		false },
	{ CONF_X_FORWARDED, "10.0.0.1",
		XFF "192.0.2.1, 10.0.0.2" E PROTO "https, http" E,
		"192.0.2.1", true },
	{ CONF_X_FORWARDED, "10.0.0.1",
		XFF "192.0.2.1, 10.0.0.2" E PROTO "https" E, "192.0.2.1",
		true },
	{ CONF_X_FORWARDED, "10.0.0.1",
		XFF "127.0.0.1, 192.0.2.1" E PROTO "https, http" E,
		"192.0.2.1", false },
	/* an element that is not an address */
	{ CONF_X_FORWARDED, "10.0.0.1", XFF "unknown" E, "10.0.0.1", false },
	{ CONF_X_FORWARDED, "10.0.0.1", XFF "192.0.2.1, x, 10.0.0.2" E,
		"10.0.0.2", false },
	{ CONF_X_FORWARDED, "10.0.0.1", XFF "192.0.2.1.5" E, "10.0.0.1",
		false },
	{ CONF_X_FORWARDED, "10.0.0.1", XFF "[::1" E, "10.0.0.1", false },
	{ CONF_X_FORWARDED, "10.0.0.1", XFF ":80" E, "10.0.0.1", false },
	{ CONF_X_FORWARDED, "10.0.0.1", XFF "," E, "10.0.0.1", false },
	{ CONF_X_FORWARDED, "10.0.0.1", XFF "fe80::1%eth0" E, "10.0.0.1",
		false },
	/* fields with one address, which may be that of a proxy itself */
	{ CONF_X_REAL_IP, "10.0.0.1", REAL "192.0.2.1" E, "192.0.2.1", false },
	{ CONF_X_REAL_IP, "10.0.0.1", REAL "10.0.0.9" E PROTO "https" E,
		"10.0.0.9", true },
	{ CONF_X_REAL_IP, "10.0.0.1", REAL "127.0.0.1" E REAL "192.0.2.1" E,
		"192.0.2.1", false },
	{ CONF_X_REAL_IP, "10.0.0.1", REAL "192.0.2.1, 10.0.0.2" E, "10.0.0.2",
		false },
	{ CONF_X_REAL_IP, "10.0.0.1", XFF "192.0.2.1" E, "10.0.0.1", false },
	{ CONF_X_REAL_IP, "192.0.2.9", REAL "192.0.2.1" E, "192.0.2.9", false },
	{ CONF_X_REAL_IP, "10.0.0.1", REAL "x" E, "10.0.0.1", false },
	{ CONF_CF_CONNECTING_IP, "10.0.0.1", CF "2001:db8::1" E, "2001:db8::1",
		false },
	{ CONF_CF_CONNECTING_IP, "10.0.0.1", REAL "192.0.2.1" E, "10.0.0.1",
		false },
	{ CONF_CF_CONNECTING_IP, "192.0.2.9", CF "192.0.2.1" E, "192.0.2.9",
		false },
	{ CONF_X_FORWARDED, "10.0.0.1", CF "192.0.2.1" E, "10.0.0.1", false },
	/* RFC 7239 */
	{ CONF_FORWARDED, "10.0.0.1", FWD "for=192.0.2.60;proto=https;by=x" E,
		"192.0.2.60", true },
	{ CONF_FORWARDED, "10.0.0.1", FWD "For=\"[2001:db8:cafe::17]:4711\"" E,
		"2001:db8:cafe::17", false },
	{ CONF_FORWARDED, "10.0.0.1",
		FWD "for=127.0.0.1, for=192.0.2.1;proto=https, for=10.0.0.2" E,
		"192.0.2.1", true },
	{ CONF_FORWARDED, "10.0.0.1",
		FWD "for=192.0.2.1;proto=https" E FWD "for=10.0.0.2" E,
		"192.0.2.1", true },
	{ CONF_FORWARDED, "10.0.0.1", FWD "for=unknown" E, "10.0.0.1", false },
	{ CONF_FORWARDED, "10.0.0.1", FWD "for=\"_gazonk\";proto=https" E,
		"10.0.0.1", true },
	{ CONF_FORWARDED, "10.0.0.1", FWD "for=192.0.2.1; proto=https" E,
		"192.0.2.1", true },
	{ CONF_FORWARDED, "10.0.0.1", FWD "192.0.2.1" E, "10.0.0.1", false },
	{ CONF_FORWARDED, "10.0.0.1", XFF "127.0.0.1" E PROTO "https" E,
		"10.0.0.1", false },
	{ CONF_FORWARDED, "192.0.2.9", FWD "for=127.0.0.1;proto=https" E,
		"192.0.2.9", false },
};
// clang-format on

static struct fake_worker fake;

static void
set_up(enum conf_forwarded field)
{
	fake_worker_open(&fake);
	fake.conf.trusted.networks = (struct conf_networks){
		.all = trusted, .count = ROWS(trusted), .has_unix = true
	};
	fake.conf.trusted.field = field;
	fake_worker_add_route(&fake, "/");
	fake_worker_start(&fake);
}

static void
set_peer(struct sockaddr_storage *a, const char *text)
{
	void *any = a;

	memset(a, 0, sizeof(*a));
	a->ss_family = AF_INET;
	if (inet_pton(AF_INET, text, &((struct sockaddr_in *)any)->sin_addr) ==
		1)
		return;
	a->ss_family = AF_INET6;
	if (inet_pton(AF_INET6, text,
		    &((struct sockaddr_in6 *)any)->sin6_addr) == 1)
		return;
	a->ss_family = AF_UNIX;
}

START_TEST(the_client_is_taken_from_a_trusted_proxys_field)
{
	char head[512], name[PEER_NAME];
	struct sockaddr_storage peer;
	struct exchange *x;
	int status;

	set_up(rows[_i].field);
	snprintf(head, sizeof(head), "GET / HTTP/1.1\r\nHost: a\r\n%s\r\n",
		rows[_i].fields);
	x = fake_worker_begin(&fake, head, &status);
	ck_assert_int_eq(status, 0);
	set_peer(&peer, rows[_i].peer);
	x->peer = x->client = (const void *)&peer;
	forwarded_find(x);
	peer_name(x->client, name);
	ck_assert_str_eq(name, rows[_i].client);
	ck_assert_int_eq(x->is_https, rows[_i].is_https);
	exchange_free(x);
	fake_worker_close(&fake);
}
END_TEST

START_TEST(only_the_last_hops_of_a_long_list_count)
{
	char head[8192], name[PEER_NAME];
	struct sockaddr_storage peer;
	struct exchange *x;
	int status, len;

	set_up(CONF_X_FORWARDED);
	len = sprintf(head, "GET / HTTP/1.1\r\nHost: a\r\n" XFF "192.0.2.1");
	for (int i = 0; i < 300; i++)
		len += sprintf(head + len, ", 10.0.%d.%d", i / 256, i % 256);
	sprintf(head + len, "\r\n\r\n");
	x = fake_worker_begin(&fake, head, &status);
	ck_assert_int_eq(status, 0);
	set_peer(&peer, "10.0.0.1");
	x->peer = x->client = (const void *)&peer;
	forwarded_find(x);
	peer_name(x->client, name);
	ck_assert_mem_eq(name, "10.0.1.", 7);
	exchange_free(x);
	fake_worker_close(&fake);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ the_client_is_taken_from_a_trusted_proxys_field, ROWS(rows) },
		{ only_the_last_hops_of_a_long_list_count, 0 },
	};

	return harness_run("forwarded", tests, ROWS(tests));
}
