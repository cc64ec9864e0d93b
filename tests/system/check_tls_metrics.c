/*
 * What /metrics tells of TLS: handshakes, why they fail, and certificates.
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/clock.h"
#include "support/client.h"
#include "support/harness.h"
#include "support/port.h"
#include "support/scrape.h"
#include "support/server.h"
#include "support/test_deadline.h"
#include "support/tls_client.h"
#include "support/tls_files.h"

static struct server s;
static struct tls_files f;
static int admin;

static void
serve(const char *members)
{
	char conf[4096];

	admin = port_take();
	snprintf(conf, sizeof(conf),
		TLS_CONF_WITH("%s",
			"\"timeouts\": {\"drain_delay\": \"0s\","
			"\"handshake\": \"1s\"},"
			"\"admin\": {\"listen\": \"127.0.0.1:%d\"}"),
		members, admin);
	tls_files_serve(&f, &s, conf);
}

static void
stop(void)
{
	server_stop(&s);
	tls_files_free(&f);
}

static void
wait_for(const char *name, const char *label, long value)
{
	int64_t deadline = clock_now_ms() + DEADLINE;

	while (scrape_sum(admin, name, label) != value)
		ck_assert_msg(clock_now_ms() < deadline, "%s{%s}: %ld", name,
			label, scrape_sum(admin, name, label));
}

#define VERIFY TLS_SITE_ONLY ", \"client\": {\"ca\": \"$DIR/clients.pem\"}"

static const struct {
	const char *reason;
	const char *members;
	struct tls_client_offer offer;
	const struct test_certificate *certificate;
	const char *bytes; /* instead of a handshake, or NULL */
	size_t len;
} failures[] = {
	{ "version", TLS_SITE_ONLY ", \"min_version\": \"1.3\"",
		{ .version = TLS1_2_VERSION }, NULL, NULL, 0 },
	{ "cipher", TLS_SITE_ONLY,
		{ .version = TLS1_2_VERSION,
			.ciphers = "ECDHE-RSA-AES128-GCM-SHA256" },
		NULL, NULL, 0 },
	{ "alpn", TLS_SITE_ONLY, { .alpn = "spdy/9" }, NULL, NULL, 0 },
	{ "unknown_name", TLS_SITE_ONLY ", \"unknown_name\": \"refuse\"",
		{ .name = "unknown.example" }, NULL, NULL, 0 },
	{ "no_client_certificate", VERIFY, { .name = NULL }, NULL, NULL, 0 },
	{ "bad_client_certificate", VERIFY, { .name = NULL }, &f.stranger, NULL,
		0 },
	{ "plain_http", TLS_SITE_ONLY, { .name = NULL }, NULL,
		"GET / HTTP/1.1\r\n\r\n", 18 },
	{ "malformed", TLS_SITE_ONLY, { .name = NULL }, NULL,
		"\x16\x03\x01\x00\x05hello", 10 },
	{ "timeout", TLS_SITE_ONLY, { .name = NULL }, NULL, "\x16\x03", 2 },
};

static void
say_bytes(const char *bytes, size_t len)
{
	struct client c;

	client_open(&c, s.tls_port);
	client_send(&c, bytes, len);
	client_discard(&c, 100, DEADLINE);
	client_close(&c);
}

START_TEST(failed_handshake_is_counted_by_its_reason)
{
	struct tls_client_offer offer = failures[_i].offer;
	struct tls_client c;
	char label[64];

	serve(failures[_i].members);
	offer.certificate = failures[_i].certificate;
	if (failures[_i].bytes != NULL) {
		say_bytes(failures[_i].bytes, failures[_i].len);
	} else {
		if (tls_client_try_open(&c, s.tls_port, &offer))
			tls_client_is_closed(&c, DEADLINE);
		tls_client_close(&c);
	}
	snprintf(label, sizeof(label), "reason=\"%s\"", failures[_i].reason);
	wait_for("prong_tls_handshake_failures_total", label, 1);
	wait_for("prong_tls_handshake_failures_total", "", 1);
	wait_for("prong_tls_handshakes_total", "", 0);
	stop();
}
END_TEST

START_TEST(handshakes_are_counted_and_resumed_ones_apart)
{
	struct tls_client_offer offer = { .name = "localhost" };
	struct tls_client c, again;
	struct response r;

	serve(TLS_SITE_ONLY);
	tls_client_open(&c, s.tls_port, &offer);
	tls_client_get(&c, "/hello.txt", &r);
	response_free(&r);
	offer.session = c.session;
	ck_assert_ptr_nonnull(offer.session);
	tls_client_open(&again, s.tls_port, &offer);
	tls_client_close(&again);
	tls_client_close(&c);
	wait_for("prong_tls_handshakes_total", "kind=\"full\"", 1);
	wait_for("prong_tls_handshakes_total", "kind=\"resumed\"", 1);
	wait_for("prong_tls_handshake_failures_total", "", 0);
	stop();
}
END_TEST

START_TEST(certificate_that_waits_for_a_reload_is_told)
{
	struct program_result r;
	long end;

	serve(TLS_ALL);
	end = scrape_sum(admin, "prong_certificate_expiry_timestamp_seconds",
		"site.crt");
	ck_assert_int_gt(end, time(NULL) + 29L * 86400);
	ck_assert_int_lt(end, time(NULL) + 31L * 86400);
	ck_assert_int_ge(scrape_sum(admin, "prong_certificate_days_left",
				 "names=\"alt.example\",key=\"ECDSA P-256\""),
		29);
	wait_for("prong_certificate_file_is_newer", "", 0);
	tls_files_renew(&f, &s, TLS_RENEWED, "site");
	wait_for("prong_certificate_file_is_newer", "site.crt", 1);
	wait_for("prong_certificate_file_is_newer", "", 1);
	program_run(&(struct program){ .cwd = s.dir },
		(const char *const[]){ "prong", "reload", "-c", s.file, NULL },
		&r);
	ck_assert_int_eq(r.status, 0);
	wait_for("prong_certificate_file_is_newer", "", 0);
	stop();
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ failed_handshake_is_counted_by_its_reason, ROWS(failures) },
		{ handshakes_are_counted_and_resumed_ones_apart, 1 },
		{ certificate_that_waits_for_a_reload_is_told, 1 },
	};

	return harness_run("tls_metrics", tests, ROWS(tests));
}
