/*
 * A server of OpenSSL's that is left in the middle of a connection: records
 * that are made by the key, IV and number of tls_write_key.c reach the client.
 * SPDX-License-Identifier: MIT
 */
#include "tls/tls_write_key.h"

#include <check.h>
#include <openssl/err.h>
#include <stdio.h>
#include <string.h>

#include "support/harness.h"
#include "support/test_certificate.h"
#include "support/tls_seal.h"

enum { ROUNDS = 12, BYTES = 65536 };

/* Two ends over memory. */
struct pair {
	SSL_CTX *server_ctx, *client_ctx;
	SSL *server, *client;
	SSL_SESSION *session; /* the last that the client got */
	struct tls_write_key key;
};

static struct pair *active; /* of the callback without an argument */
static struct test_certificate site;

/* ---- the server notes what tls.c does ------------------------------------ */

static void
on_line(const SSL *ssl, const char *line)
{
	struct tls_write_key *key = SSL_get_app_data(ssl);

	tls_write_key_note_line(key, line);
}

static void
on_message(int is_sent, int version, int type, const void *bytes, size_t len,
	SSL *ssl, void *arg)
{
	(void)version, (void)len, (void)ssl;
	if (is_sent)
		tls_write_key_note_message(arg, type, bytes);
}

static int
on_session(SSL *ssl, SSL_SESSION *session)
{
	(void)ssl;
	SSL_SESSION_free(active->session);
	active->session = session;
	return 1;
}

/* ---- the pair ------------------------------------------------------------ */

struct suite {
	int version;
	const char *name;
};

static const struct suite suites[] = {
	{ TLS1_3_VERSION, "TLS_AES_128_GCM_SHA256" },
	{ TLS1_3_VERSION, "TLS_AES_256_GCM_SHA384" },
	{ TLS1_3_VERSION, "TLS_CHACHA20_POLY1305_SHA256" },
	{ TLS1_2_VERSION, "ECDHE-ECDSA-AES128-GCM-SHA256" },
	{ TLS1_2_VERSION, "ECDHE-ECDSA-AES256-GCM-SHA384" },
	{ TLS1_2_VERSION, "ECDHE-ECDSA-CHACHA20-POLY1305" },
};

struct way {
	size_t tickets;
	bool asks_client; /* for a certificate */
	int sent;         /* records before the change */
};

static const struct way ways[] = {
	{ 0, false, 1 },
	{ 1, false, 1 },
	{ 2, false, 5 },
	{ 2, true, 2 },
	{ 1, true, 300 },
};

static int
accept_any(int is_good, X509_STORE_CTX *store)
{
	(void)is_good, (void)store;
	return 1;
}

static void
set_suite(SSL_CTX *ctx, const struct suite *suite)
{
	SSL_CTX_set_min_proto_version(ctx, suite->version);
	SSL_CTX_set_max_proto_version(ctx, suite->version);
	ck_assert_int_eq(suite->version == TLS1_3_VERSION
				 ? SSL_CTX_set_ciphersuites(ctx, suite->name)
				 : SSL_CTX_set_cipher_list(ctx, suite->name),
		1);
	SSL_CTX_use_certificate(ctx, site.x);
	SSL_CTX_use_PrivateKey(ctx, site.key);
}

static void
open_contexts(struct pair *p, const struct suite *suite, const struct way *way)
{
	memset(p, 0, sizeof(*p));
	active = p;
	p->server_ctx = SSL_CTX_new(TLS_server_method());
	p->client_ctx = SSL_CTX_new(TLS_client_method());
	set_suite(p->server_ctx, suite);
	set_suite(p->client_ctx, suite);
	SSL_CTX_set_num_tickets(p->server_ctx, way->tickets);
	SSL_CTX_set_keylog_callback(p->server_ctx, on_line);
	SSL_CTX_set_session_id_context(
		p->server_ctx, (const unsigned char *)"x", 1);
	if (way->asks_client)
		SSL_CTX_set_verify(p->server_ctx, SSL_VERIFY_PEER, accept_any);
	SSL_CTX_set_session_cache_mode(p->client_ctx, SSL_SESS_CACHE_CLIENT);
	SSL_CTX_sess_set_new_cb(p->client_ctx, on_session);
}

static void
shake_hands(struct pair *p)
{
	BIO *up = BIO_new(BIO_s_mem()), *down = BIO_new(BIO_s_mem());

	p->key = (struct tls_write_key){ .records = 0 };
	p->server = SSL_new(p->server_ctx);
	p->client = SSL_new(p->client_ctx);
	BIO_up_ref(up);
	BIO_up_ref(down);
	SSL_set_bio(p->server, up, down);
	SSL_set_bio(p->client, down, up);
	SSL_set_app_data(p->server, (char *)&p->key);
	SSL_set_msg_callback(p->server, on_message);
	SSL_set_msg_callback_arg(p->server, &p->key);
	SSL_set_accept_state(p->server);
	SSL_set_connect_state(p->client);
	if (p->session != NULL)
		SSL_set_session(p->client, p->session);
	for (int i = 0; i < ROUNDS; i++) {
		SSL_do_handshake(p->client);
		SSL_do_handshake(p->server);
	}
	ck_assert(SSL_is_init_finished(p->client));
	ck_assert(SSL_is_init_finished(p->server));
	ERR_clear_error();
}

static void
hang_up(struct pair *p)
{
	SSL_set_shutdown(p->client, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
	SSL_set_shutdown(p->server, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
	SSL_free(p->server);
	SSL_free(p->client);
}

static void
close_contexts(struct pair *p)
{
	SSL_SESSION_free(p->session);
	SSL_CTX_free(p->server_ctx);
	SSL_CTX_free(p->client_ctx);
	ERR_clear_error();
}

/* ---- records ------------------------------------------------------------- */

static void
assert_read(struct pair *p, const char *want, size_t len)
{
	static char got[BYTES];
	size_t n = 0;

	ck_assert_msg(SSL_read_ex(p->client, got, sizeof(got), &n) == 1,
		"the record is not understood: %s",
		ERR_reason_error_string(ERR_peek_last_error()));
	ck_assert_uint_eq(n, len);
	ck_assert_mem_eq(got, want, len);
}

/* The server's own record. */
static void
send_own(struct pair *p, const char *text)
{
	BIO *down = SSL_get_wbio(p->server);
	unsigned char *record;
	long len;

	ck_assert_int_eq(SSL_write(p->server, text, (int)strlen(text)),
		(int)strlen(text));
	len = BIO_get_mem_data(down, &record);
	tls_write_key_note_bytes(&p->key, record, (size_t)len);
	assert_read(p, text, strlen(text));
}

static const EVP_CIPHER *
cipher_of(int nid)
{
	return nid == NID_aes_128_gcm   ? EVP_aes_128_gcm()
	       : nid == NID_aes_256_gcm ? EVP_aes_256_gcm()
					: EVP_chacha20_poly1305();
}

static void
open_sealer(struct tls_sealer *to, const struct tls_write_state *s)
{
	memset(to, 0, sizeof(*to));
	seal_set_key(to, cipher_of(s->cipher), s->key);
	to->is_tls_1_3 = s->is_tls_1_3;
	to->has_explicit = !s->is_tls_1_3 && s->cipher != NID_chacha20_poly1305;
	to->number = s->number;
	memcpy(to->iv, s->iv, SEAL_NONCE);
	memcpy(to->next, s->nonce, SEAL_EXPLICIT);
}

/* Another sender goes on: content, and at last close_notify. */
static void
send_instead(struct pair *p)
{
	static const unsigned char close_notify[] = { 1, 0 };
	static unsigned char record[SEAL_ROOM];
	struct tls_write_state state;
	struct tls_sealer s;
	char text[32], byte;

	ck_assert(tls_write_key_derive(&p->key, p->server, &state));
	open_sealer(&s, &state);
	for (int i = 0; i < 300; i++) {
		snprintf(text, sizeof(text), "instead %d", i);
		BIO_write(SSL_get_wbio(p->server), record,
			(int)seal_record(&s, SSL3_RT_APPLICATION_DATA, text,
				strlen(text), record));
		assert_read(p, text, strlen(text));
	}
	BIO_write(SSL_get_wbio(p->server), record,
		(int)seal_record(&s, SSL3_RT_ALERT, close_notify,
			sizeof(close_notify), record));
	ck_assert_int_eq(SSL_read(p->client, &byte, 1), 0);
	ck_assert_int_eq(SSL_get_shutdown(p->client) & SSL_RECEIVED_SHUTDOWN,
		SSL_RECEIVED_SHUTDOWN);
	EVP_CIPHER_CTX_free(s.cipher);
}

static void
talk(struct pair *p, const struct way *way)
{
	shake_hands(p);
	for (int i = 0; i < way->sent; i++)
		send_own(p, "own");
	send_instead(p);
	hang_up(p);
}

START_TEST(another_sender_goes_on_where_openssl_has_stopped)
{
	const struct suite *suite = &suites[(size_t)_i % ROWS(suites)];
	const struct way *way = &ways[(size_t)_i / ROWS(suites)];
	struct pair p;

	open_contexts(&p, suite, way);
	talk(&p, way);
	if (p.session != NULL) { /* again, resumed */
		shake_hands(&p);
		ck_assert(SSL_session_reused(p.server));
		hang_up(&p);
		talk(&p, way);
	}
	close_contexts(&p);
}
END_TEST

/* ---- where none may ------------------------------------------------------ */

START_TEST(nothing_is_derived_without_what_it_takes)
{
	const struct way way = { 1, false, 0 };
	struct tls_write_state state;
	struct pair p;

	open_contexts(&p, &suites[_i], &way);
	shake_hands(&p);
	p.key.is_off = true;
	ck_assert(!tls_write_key_derive(&p.key, p.server, &state));
	p.key.is_off = false;
	/* Only TLS 1.2 with GCM needs a record before. */
	ck_assert_int_eq(tls_write_key_derive(&p.key, p.server, &state),
		suites[_i].version == TLS1_3_VERSION ||
			strstr(suites[_i].name, "CHACHA") != NULL);
	send_own(&p, "own");
	ck_assert(tls_write_key_derive(&p.key, p.server, &state));
	/* The secret is that of TLS 1.3 alone. */
	tls_write_key_wipe(&p.key);
	p.key.secret_len = 0;
	ck_assert_int_eq(tls_write_key_derive(&p.key, p.server, &state),
		suites[_i].version == TLS1_2_VERSION);
	hang_up(&p);
	close_contexts(&p);
}
END_TEST

/* A KeyUpdate of the client's that asks for none changes nothing here. */
START_TEST(nothing_is_derived_after_a_key_update)
{
	static const struct {
		bool is_ours;
		int type;
		bool is_off;
	} rows[] = {
		{ true, SSL_KEY_UPDATE_NOT_REQUESTED, true },
		{ true, SSL_KEY_UPDATE_REQUESTED, true },
		{ false, SSL_KEY_UPDATE_NOT_REQUESTED, false },
		{ false, SSL_KEY_UPDATE_REQUESTED, true },
	};
	const struct way way = { 1, false, 1 };
	struct tls_write_state state;
	struct pair p;
	char byte;

	open_contexts(&p, &suites[0], &way);
	shake_hands(&p);
	send_own(&p, "own");
	SSL_key_update(rows[_i].is_ours ? p.server : p.client, rows[_i].type);
	SSL_do_handshake(rows[_i].is_ours ? p.server : p.client);
	SSL_read(p.server, &byte, 1);
	ck_assert_int_eq(tls_write_key_derive(&p.key, p.server, &state),
		!rows[_i].is_off);
	if (!rows[_i].is_off)
		send_instead(&p);
	hang_up(&p);
	close_contexts(&p);
}
END_TEST

static const struct {
	const char *line;
	int len; /* -1: off */
} lines[] = {
	{ "CLIENT_RANDOM 00 11", 0 },
	{ "CLIENT_TRAFFIC_SECRET_0 00 11", 0 },
	{ "SERVER_HANDSHAKE_TRAFFIC_SECRET 00 11", 0 },
	{ "SERVER_TRAFFIC_SECRET_0 00 1122", 2 },
	{ "SERVER_TRAFFIC_SECRET_0 00", -1 },
	{ "SERVER_TRAFFIC_SECRET_0 00 1", -1 },
	{ "SERVER_TRAFFIC_SECRET_0 00 xy", -1 },
	{ "SERVER_TRAFFIC_SECRET_0 00 "
	  "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
	  "00112233445566778899aabbccddeeff00",
		-1 },
	{ "", 0 },
};

START_TEST(line_of_the_key_log_is_taken_or_refused)
{
	struct tls_write_key key = { .records = 3 };

	tls_write_key_note_line(&key, lines[_i].line);
	ck_assert_int_eq(key.is_off, lines[_i].len == -1);
	ck_assert_int_eq(
		key.secret_len, lines[_i].len == -1 ? 0 : lines[_i].len);
	ck_assert_uint_eq(key.records, lines[_i].len > 0 ? 0 : 3);
}
END_TEST

START_TEST(only_a_whole_record_shows_its_nonce)
{
	const unsigned char record[] = "\x17\3\3\0\x0a"
				       "12345678ab";
	struct tls_write_key key = { .records = 0 };

	tls_write_key_note_bytes(&key, record, 15);
	ck_assert(key.has_nonce);
	ck_assert_mem_eq(key.nonce, "12345678", 8);
	tls_write_key_note_bytes(&key, record, 14);
	ck_assert(!key.has_nonce);
	tls_write_key_note_bytes(&key, record, 3);
	ck_assert(!key.has_nonce);
}
END_TEST

static void
make_site(void)
{
	test_certificate_make(&site, NULL,
		&(struct test_certificate_spec){ .names = "DNS:localhost" });
}

static void
free_site(void)
{
	test_certificate_free(&site);
}

int
main(void)
{
	const struct harness_test tests[] = {
		{ another_sender_goes_on_where_openssl_has_stopped,
			ROWS(suites) * ROWS(ways) },
		{ nothing_is_derived_without_what_it_takes, ROWS(suites) },
		{ nothing_is_derived_after_a_key_update, 4 },
		{ line_of_the_key_log_is_taken_or_refused, ROWS(lines) },
		{ only_a_whole_record_shows_its_nonce, 1 },
	};
	const struct harness_fixture fixture = { make_site, free_site, NULL,
		NULL };

	return harness_run_with(&fixture, "tls_write_key", tests, ROWS(tests));
}
