/*
 * Which certificates answer for a server name.
 * SPDX-License-Identifier: MIT
 */
#include "tls/tls_names.h"

#include <check.h>

#include "common/conf.h"
#include "support/harness.h"

#define NAMES(...) ((const char *const[]){ __VA_ARGS__, NULL })

static const struct conf_certificate certificates[] = {
	{ .names = NAMES("example.com", "www.example.com"),
		.key_kind = "RSA 2048" },
	{ .names = NAMES("example.com"), .key_kind = "ECDSA P-256" },
	{ .names = NAMES("*.example.com", "192.0.2.1", "2001:db8::1"),
		.key_kind = "ECDSA P-384" },
	{ .names = NAMES("*.example.com", "a.b.example.org"),
		.key_kind = "RSA 4096" },
	{ .names = NAMES("example.com", "other.example"),
		.key_kind = "RSA 4096" },
};

static struct tls_names names;

static void
set_up(void)
{
	const struct conf_certificates list = { certificates,
		ROWS(certificates) };

	tls_names_init(&names, &list);
}

static void
tear_down(void)
{
	tls_names_fini(&names);
}

/* members: numbers of certificates, "" for none. */
static const struct {
	const char *host, *members;
} rows[] = {
	/* Of each kind of key the first certificate. */
	{ "example.com", "01" },
	{ "EXAMPLE.com", "01" },
	{ "example.com.", "01" },
	{ "www.example.com", "0" },
	{ "other.example", "4" },
	{ "a.example.com", "23" },
	{ "A.Example.COM", "23" },
	{ "a.b.example.org", "3" },
	/* A wildcard is for one label. */
	{ "a.b.example.com", "" },
	{ ".example.com", "" },
	{ "*.example.com", "" },
	{ "xexample.com", "" },
	{ "b.example.org", "" },
	{ "com", "" },
	{ "", "" },
	{ ".", "" },
	{ "192.0.2.1", "2" },
	{ "192.0.2.2", "" },
	{ "[2001:db8::1]", "2" },
	{ "[]", "" },
};

START_TEST(name_finds_its_certificates)
{
	long group = tls_names_find(&names, span_of(rows[_i].host));
	const char *m = rows[_i].members;

	if (*m == '\0') {
		ck_assert_int_eq(group, -1);
		return;
	}
	ck_assert_int_ge(group, 0);
	ck_assert_uint_eq(names.groups[group].count, strlen(m));
	for (size_t i = 0; m[i] != '\0'; i++)
		ck_assert_ptr_eq(names.groups[group].members[i],
			&certificates[m[i] - '0']);
}
END_TEST

START_TEST(first_certificate_is_the_default)
{
	ck_assert_ptr_eq(names.groups[0].members[0], &certificates[0]);
	ck_assert_ptr_eq(names.groups[0].members[1], &certificates[1]);
}
END_TEST

START_TEST(name_that_is_too_long_is_not_found)
{
	char host[300];

	memset(host, 'a', sizeof(host));
	for (size_t len = 250; len < sizeof(host); len++)
		ck_assert_int_eq(
			tls_names_find(&names, (struct span){ host, len }), -1);
}
END_TEST

int
main(void)
{
	static const struct harness_fixture fixture = { .setup = set_up,
		.teardown = tear_down };
	const struct harness_test tests[] = {
		{ name_finds_its_certificates, ROWS(rows) },
		{ first_certificate_is_the_default, 0 },
		{ name_that_is_too_long_is_not_found, 0 },
	};

	return harness_run_with(&fixture, "tls_names", tests, ROWS(tests));
}
