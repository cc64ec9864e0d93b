/*
 * Long files that the kernel encrypts; it is modules/tls_preload.c.  OpenSSL's
 * client finds out whether each record has the right key and number.
 * SPDX-License-Identifier: MIT
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/sanitized.h"
#include "support/harness.h"
#include "support/port.h"
#include "support/scrape.h"
#include "support/server.h"
#include "support/test_deadline.h"
#include "support/tls_client.h"
#include "support/tls_files.h"

enum {
	BIG = 3 * 1024 * 1024 + 5,
	HUGE = 8 * 1024 * 1024 /* more than sockets take */
};

#define THERE     "tls: the kernel encrypts long files"
#define NOT_THERE "tls: the kernel cannot encrypt long files"

static struct server s;
static struct test_certificate site;
static int admin;
static char *big;

static void
write_certificate(void)
{
	const struct test_certificate *chain[] = { &site, NULL };
	char path[128];

	test_certificate_make(&site, NULL,
		&(struct test_certificate_spec){ .names = "DNS:localhost" });
	snprintf(path, sizeof(path), "%s/site.crt", s.dir);
	test_certificate_write(path, chain);
	snprintf(path, sizeof(path), "%s/site.key", s.dir);
	test_key_write(path, &site);
}

/* refused: what the kernel does not have, or NULL. */
static void
serve(const char *refused, const char *member)
{
	char conf[4096];

	admin = port_take();
	big = server_pattern(HUGE);
	snprintf(conf, sizeof(conf),
		TLS_CONF_WITH(TLS_SITE_ONLY "%s", TLS_TIMEOUTS
			",\"admin\": {\"listen\": \"127.0.0.1:%d\"}"),
		member, admin);
	server_init(&s);
	write_certificate();
	server_text(&s, "www/index.html", "<p>home</p>\n");
	server_text(&s, "www/hello.txt", "hello\n");
	server_file(&s, "www/big", big, BIG);
	server_file(&s, "www/huge", big, HUGE);
	setenv("LD_PRELOAD", MODULES "/tls_preload.so", 1);
	if (refused != NULL)
		setenv("KTLS_REFUSE", refused, 1);
	server_start(&s, conf);
	unsetenv("LD_PRELOAD");
	unsetenv("KTLS_REFUSE");
}

static void
stop(void)
{
	server_stop(&s);
	test_certificate_free(&site);
	free(big);
}

static void
wait_for(const char *name, long value)
{
	int64_t deadline = clock_now_ms() + DEADLINE;

	while (scrape_sum(admin, name, "") != value)
		ck_assert_msg(clock_now_ms() < deadline, "%s: %ld", name,
			scrape_sum(admin, name, ""));
}

/* ---- requests ------------------------------------------------------------ */

static void
expect(struct tls_client *c, int status, const char *content, size_t len)
{
	struct response r;

	tls_client_recv(c, &r);
	ck_assert_int_eq(r.status, status);
	ck_assert_uint_eq(r.len, len);
	ck_assert(memcmp(r.body, content, len) == 0);
	response_free(&r);
}

static void
get_small(struct tls_client *c)
{
	tls_client_say(c, "GET /hello.txt HTTP/1.1\r\nHost: localhost\r\n\r\n");
	expect(c, 200, "hello\n", 6);
}

static void
get_big(struct tls_client *c)
{
	tls_client_say(c, "GET /big HTTP/1.1\r\nHost: localhost\r\n\r\n");
	expect(c, 200, big, BIG);
}

static void
get_range(struct tls_client *c, size_t from, size_t len)
{
	char text[128];

	snprintf(text, sizeof(text),
		"GET /big HTTP/1.1\r\nHost: localhost\r\n"
		"Range: bytes=%zu-%zu\r\n\r\n",
		from, from + len - 1);
	tls_client_say(c, text);
	expect(c, 206, big + from, len);
}

static void
ask_head(struct tls_client *c)
{
	struct response r;

	tls_client_say(c, "HEAD /big HTTP/1.1\r\nHost: localhost\r\n\r\n");
	while (memmem(c->bytes, c->len, "\r\n\r\n", 4) == NULL)
		ck_assert_int_eq(
			tls_client_fill(c, deadline_in(DEADLINE)), CLIENT_OK);
	ck_assert_int_eq(response_parse(&r, c->bytes, c->len, true, false),
		(long)c->len);
	ck_assert_int_eq(r.status, 200);
	c->len = 0;
	response_free(&r);
}

/* Several in one record. */
static void
pipeline(struct tls_client *c)
{
	tls_client_say(c, "GET /hello.txt HTTP/1.1\r\nHost: localhost\r\n\r\n"
			  "GET /big HTTP/1.1\r\nHost: localhost\r\n\r\n"
			  "GET /hello.txt HTTP/1.1\r\nHost: localhost\r\n\r\n");
	expect(c, 200, "hello\n", 6);
	expect(c, 200, big, BIG);
	expect(c, 200, "hello\n", 6);
}

/* The last one ends with close_notify. */
static void
get_last(struct tls_client *c, const char *path, size_t len)
{
	char text[128];

	snprintf(text, sizeof(text),
		"GET %s HTTP/1.1\r\nHost: localhost\r\n"
		"Connection: close\r\n\r\n",
		path);
	tls_client_say(c, text);
	expect(c, 200, big, len);
	ck_assert(tls_client_is_closed(c, DEADLINE));
}

/* ---- by the kernel ------------------------------------------------------- */

static const struct tls_client_offer suites[] = {
	{ .version = TLS1_3_VERSION, .ciphers = "TLS_AES_128_GCM_SHA256" },
	{ .version = TLS1_3_VERSION, .ciphers = "TLS_AES_256_GCM_SHA384" },
	{ .version = TLS1_3_VERSION,
		.ciphers = "TLS_CHACHA20_POLY1305_SHA256" },
	{ .version = TLS1_2_VERSION,
		.ciphers = "ECDHE-ECDSA-AES128-GCM-SHA256" },
	{ .version = TLS1_2_VERSION,
		.ciphers = "ECDHE-ECDSA-AES256-GCM-SHA384" },
	{ .version = TLS1_2_VERSION,
		.ciphers = "ECDHE-ECDSA-CHACHA20-POLY1305" },
};

static void
talk_at_length(struct tls_client *c)
{
	get_small(c);
	get_range(c, 1, 1000);
	get_big(c);
	get_range(c, 1000, 700000);
	ask_head(c);
	pipeline(c);
	get_last(c, "/big", BIG);
}

/* On one server: each suite, fresh and resumed, after other requests and as the
 * first. */
START_TEST(every_byte_comes_with_each_suite)
{
	struct tls_client_offer offer;
	struct tls_client c, again, first;

	serve(NULL, "");
	ck_assert(server_log_has(&s, THERE, DEADLINE));
	for (size_t i = 0; i < ROWS(suites); i++) {
		offer = suites[i];
		tls_client_open(&c, s.tls_port, &offer);
		talk_at_length(&c);
		offer.session = c.session;
		ck_assert_ptr_nonnull(offer.session);
		tls_client_open(&again, s.tls_port, &offer);
		ck_assert(SSL_session_reused(again.ssl));
		talk_at_length(&again);
		tls_client_close(&again);
		tls_client_close(&c);
		tls_client_open(&first, s.tls_port, &suites[i]);
		get_last(&first, "/big", BIG);
		tls_client_close(&first);
	}
	wait_for("prong_ktls_connections_total", 3 * ROWS(suites));
	wait_for("prong_ktls_key_updates_total", 0);
	stop();
}
END_TEST

/* ---- a client that takes its time, or leaves ----------------------------- */

static int
count_waiting(const struct tls_client *c)
{
	int n = 0;

	ck_assert_int_eq(ioctl(c->fd, FIONREAD, &n), 0);
	return n;
}

/* Waits until nothing more comes: the sockets are full. */
static void
wait_until_full(const struct tls_client *c)
{
	int64_t deadline = deadline_in(DEADLINE);
	int before = -1, now = count_waiting(c);

	for (int same = 0; same < 3 && server_tick(&s, deadline);) {
		before = now;
		now = count_waiting(c);
		same = now == before && now > 0 ? same + 1 : 0;
	}
}

START_TEST(slow_client_gets_the_last_byte_and_close_notify)
{
	struct tls_client c;

	serve(NULL, "");
	for (size_t i = 0; i < ROWS(suites); i += ROWS(suites) / 2) {
		tls_client_open(&c, s.tls_port, &suites[i]);
		tls_client_say(&c, "GET /huge HTTP/1.1\r\nHost: localhost\r\n"
				   "Connection: close\r\n\r\n");
		wait_until_full(&c);
		expect(&c, 200, big, HUGE);
		ck_assert(tls_client_is_closed(&c, DEADLINE));
		tls_client_close(&c);
	}
	stop();
}
END_TEST

START_TEST(client_may_leave_in_the_middle)
{
	struct tls_client c;

	serve(NULL, "");
	tls_client_open(&c, s.tls_port, &suites[0]);
	tls_client_say(&c, "GET /huge HTTP/1.1\r\nHost: localhost\r\n\r\n");
	wait_until_full(&c);
	tls_client_fill(&c, deadline_in(DEADLINE));
	tls_client_close(&c);
	ck_assert(server_is_at_rest(&s, DEADLINE));
	tls_client_open(&c, s.tls_port, &suites[0]);
	get_last(&c, "/big", BIG);
	tls_client_close(&c);
	stop();
}
END_TEST

START_TEST(alert_goes_through_the_kernel)
{
	struct tls_client c;

	serve(NULL, "");
	for (size_t i = 0; i < ROWS(suites); i++) {
		tls_client_open(&c, s.tls_port, &suites[i]);
		get_big(&c);
		ck_assert_int_eq(send(c.fd,
					 "\x17\3\3\0\x20"
					 "no record of this connection at ",
					 37, MSG_NOSIGNAL),
			37);
		tls_client_fill(&c, deadline_in(DEADLINE));
		ck_assert_int_eq(c.alert, SSL_AD_BAD_RECORD_MAC);
		tls_client_close(&c);
	}
	stop();
}
END_TEST

/* ---- another key --------------------------------------------------------- */

/* The client's KeyUpdate, with the request behind it if there is one. */
static void
update_key(struct tls_client *c, int kind)
{
	ck_assert_int_eq(SSL_key_update(c->ssl, kind), 1);
	ck_assert_int_eq(SSL_do_handshake(c->ssl), 1);
}

START_TEST(connection_ends_when_its_client_asks_for_a_new_key)
{
	struct tls_client c;

	serve(NULL, "");
	/* While it is idle. */
	tls_client_open(&c, s.tls_port, &suites[0]);
	get_big(&c);
	update_key(&c, SSL_KEY_UPDATE_REQUESTED);
	ck_assert(tls_client_is_closed(&c, DEADLINE));
	tls_client_close(&c);
	wait_for("prong_ktls_key_updates_total", 1);
	/* A client that changes its own key may. */
	tls_client_open(&c, s.tls_port, &suites[1]);
	get_big(&c);
	update_key(&c, SSL_KEY_UPDATE_NOT_REQUESTED);
	get_big(&c);
	get_last(&c, "/big", BIG);
	tls_client_close(&c);
	/* Before the kernel sends, OpenSSL answers, and goes on. */
	tls_client_open(&c, s.tls_port, &suites[2]);
	update_key(&c, SSL_KEY_UPDATE_REQUESTED);
	get_big(&c);
	get_last(&c, "/big", BIG);
	tls_client_close(&c);
	wait_for("prong_ktls_connections_total", 2);
	wait_for("prong_ktls_key_updates_total", 1);
	stop();
}
END_TEST

START_TEST(request_that_comes_with_it_is_answered)
{
	struct tls_client c;
	struct response r;
	pid_t workers[PROC_CHILDREN];
	size_t n;

	serve(NULL, "");
	tls_client_open(&c, s.tls_port, &suites[0]);
	get_big(&c);
	n = server_workers(&s, workers);
	for (size_t i = 0; i < n; i++)
		server_halt(&s, workers[i]);
	update_key(&c, SSL_KEY_UPDATE_REQUESTED);
	tls_client_say(&c, "GET /big HTTP/1.1\r\nHost: localhost\r\n\r\n");
	for (size_t i = 0; i < n; i++)
		kill(workers[i], SIGCONT);
	tls_client_recv(&c, &r);
	ck_assert_uint_eq(r.len, BIG);
	ck_assert(memcmp(r.body, big, BIG) == 0);
	response_expect_field(&r, "Connection", "close");
	response_free(&r);
	ck_assert(tls_client_is_closed(&c, DEADLINE));
	tls_client_close(&c);
	wait_for("prong_ktls_key_updates_total", 1);
	stop();
}
END_TEST

/* All of the response is written, and its end is still in the kernel. */
START_TEST(response_is_whole_when_its_client_asks_for_a_new_key)
{
	enum { LEN = 700000, RECORD = 16384 };
	struct tls_client c, other;
	char path[64];

	snprintf(path, sizeof(path), "/tmp/prong-hold.%d", (int)getpid());
	close(open(path, O_CREAT | O_EXCL | O_CLOEXEC, 0600));
	setenv("KTLS_HOLD", path, 1);
	serve(NULL, "");
	unsetenv("KTLS_HOLD");
	tls_client_open(&c, s.tls_port, &suites[0]);
	tls_client_say(&c, "GET /big HTTP/1.1\r\nHost: localhost\r\n"
			   "Range: bytes=0-699999\r\n\r\n");
	while (c.len < LEN - RECORD)
		ck_assert_int_eq(
			tls_client_fill(&c, deadline_in(DEADLINE)), CLIENT_OK);
	update_key(&c, SSL_KEY_UPDATE_REQUESTED);
	tls_client_open(&other, s.tls_port, &suites[1]);
	get_small(&other);
	tls_client_close(&other);
	ck_assert_int_eq(unlink(path), 0);
	expect(&c, 206, big, LEN);
	ck_assert(tls_client_is_closed(&c, DEADLINE));
	tls_client_close(&c);
	wait_for("prong_ktls_key_updates_total", 1);
	stop();
}
END_TEST

/* ---- without it ---------------------------------------------------------- */

static const struct {
	const char *refused; /* NULL: nothing */
	const char *member;
	const char *line; /* in the log, or NULL */
	uint8_t fragment; /* that the client wants */
} refusals[] = {
	{ "module", "", NOT_THERE, 0 },
	{ "ulp", "", THERE, 0 },
	{ "key", "", THERE, 0 },
	{ NULL, ", \"ktls\": \"off\"", NULL, 0 },
	{ NULL, "", THERE, TLSEXT_max_fragment_length_4096 },
};

START_TEST(worker_encrypts_where_the_kernel_does_not)
{
	struct tls_client_offer offer;
	struct tls_client c;

	serve(refusals[_i].refused, refusals[_i].member);
	if (refusals[_i].line != NULL)
		ck_assert(server_log_has(&s, refusals[_i].line, DEADLINE));
	else
		ck_assert(!server_log_has(&s, "long files", 0));
	for (size_t i = 0; i < ROWS(suites); i += 2) {
		offer = suites[i];
		offer.fragment = refusals[_i].fragment;
		tls_client_open(&c, s.tls_port, &offer);
		get_big(&c);
		get_small(&c);
		get_last(&c, "/big", BIG);
		tls_client_close(&c);
	}
	wait_for("prong_ktls_connections_total", 0);
	stop();
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ every_byte_comes_with_each_suite, 1 },
		{ slow_client_gets_the_last_byte_and_close_notify, 1 },
		{ client_may_leave_in_the_middle, 1 },
		{ alert_goes_through_the_kernel, 1 },
		{ connection_ends_when_its_client_asks_for_a_new_key, 1 },
		{ request_that_comes_with_it_is_answered, 1 },
		{ response_is_whole_when_its_client_asks_for_a_new_key, 1 },
		{ worker_encrypts_where_the_kernel_does_not, ROWS(refusals) },
	};

	if (IS_SANITIZED) {
		printf("skipped: a sanitizer must be the first library\n");
		return 0;
	}
	return harness_run("tls_kernel", tests, ROWS(tests));
}
