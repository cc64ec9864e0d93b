/*
 * One connection:
 *
 *   accept -> handshake -> records of application data -> close_notify
 *
 * The error queue of the thread is empty between two calls, as SSL_get_error(3)
 * needs it.
 * SPDX-License-Identifier: MIT
 */
#include "tls/tls.h"

#include <errno.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "common/clock.h"
#include "tls/tls_context.h"
#include "tls/tls_failure.h"
#include "tls/tls_peer.h"

enum {
	TURN_US = 2000,      /* for handshakes */
	MOST_EMPTY = 1000,   /* reads in a row that bring no data */
	MOST_MESSAGES = 100, /* of a handshake behind its end, in a row */
};

/* ---- life ---------------------------------------------------------------- */

/* What OpenSSL writes while the kernel makes the records: an alert goes through
 * the kernel, another key is not possible. */
static void
note_sent(struct tls *t, int type, const unsigned char *bytes)
{
	if (!t->bio.key.is_off)
		tls_write_key_note_message(&t->bio.key, type, bytes);
	if (t->bio.is_kernel && type == SSL3_RT_ALERT)
		tls_kernel_alert(t->bio.fd, bytes);
}

/* Counts what a client may send without end behind its handshake. */
static void
on_message(int is_sent, int version, int type, const void *bytes, size_t len,
	SSL *ssl, void *arg)
{
	struct tls *t = arg;

	(void)version, (void)len, (void)ssl;
	if (is_sent)
		note_sent(t, type, bytes);
	else if (type == SSL3_RT_HANDSHAKE && t->is_ready)
		t->messages++;
}

struct tls *
tls_new(struct tls_address *a, int fd)
{
	struct tls *t = calloc(1, sizeof(*t));
	BIO *bio;

	if (t == NULL)
		return NULL;
	t->address = a;
	t->bio.fd = fd;
	t->bio.buffer = &a->server->buffer;
	t->bio.key.is_off = !a->uses_kernel;
	t->ssl = SSL_new(a->contexts[0]);
	bio = tls_bio_new(a->server->method, &t->bio);
	if (t->ssl == NULL || bio == NULL) {
		SSL_free(t->ssl);
		BIO_free(bio);
		free(t);
		ERR_clear_error();
		return NULL;
	}
	SSL_set_bio(t->ssl, bio, bio);
	SSL_set_app_data(t->ssl, (char *)a);
	SSL_set_msg_callback(t->ssl, on_message);
	SSL_set_msg_callback_arg(t->ssl, t);
	SSL_set_accept_state(t->ssl);
	return t;
}

void
tls_close(struct tls *t)
{
	if (tls_must_close(t))
		t->address->server->ktls->key_updates++;
	if (t->is_ready && !t->has_failed)
		SSL_shutdown(t->ssl);
	tls_bio_flush(&t->bio);
	ERR_clear_error();
	SSL_free(t->ssl);
	tls_bio_fini(&t->bio);
	free(t->subject);
	free(t);
}

bool
tls_must_close(const struct tls *t)
{
	return t->bio.is_kernel &&
	       (t->bio.key.is_off ||
		       SSL_get_key_update_type(t->ssl) != SSL_KEY_UPDATE_NONE);
}

bool
tls_can_close(const struct tls *t)
{
	return !t->bio.is_kernel || tls_kernel_has_sent(t->bio.fd);
}

/* A failure of the handshake; those that follow it are not counted. */
static void
count_failure(struct tls *t, enum tls_failure failure)
{
	if (!t->is_ready && !t->has_failed)
		t->address->server->counters->failures[failure]++;
}

void
tls_fail(struct tls *t, const char *why)
{
	unsigned long error = ERR_peek_last_error();
	long verified = SSL_get_verify_result(t->ssl);

	count_failure(t, tls_failure_of(error, verified));
	tls_bio_flush(&t->bio); /* an alert */
	t->has_failed = true;
	t->why = why;
	if (t->why == NULL && verified != X509_V_OK)
		t->why = X509_verify_cert_error_string(verified);
	if (t->why == NULL && error != 0 &&
		ERR_GET_REASON(error) != SSL_R_UNEXPECTED_EOF_WHILE_READING)
		t->why = ERR_reason_error_string(error);
	if (t->why == NULL)
		t->why = "the client went away without a TLS close_notify";
	ERR_clear_error();
}

void
tls_end_late(struct tls *t)
{
	count_failure(t, TLS_FAILURE_TIMEOUT);
	t->has_failed = true;
	t->why = "the client took too long";
}

const char *
tls_reason(const struct tls *t)
{
	return t->why != NULL ? t->why : "the client went away";
}

/* ---- handshake ----------------------------------------------------------- */

void
tls_turn_begin(struct tls_server *s, int64_t most)
{
	s->left = (unsigned)most;
	s->until_us = 0;
}

bool
tls_turn_take(struct tls *t)
{
	struct tls_server *s = t->address->server;
	int64_t now = clock_now_us();

	if (s->until_us == 0)
		s->until_us = now + TURN_US;
	if (s->left == 0 || now > s->until_us)
		return false;
	s->left--;
	return true;
}

/* A method begins with a letter, a handshake with 22. */
static bool
is_letter(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* The first byte tells HTTP from TLS before any of it is read. */
static enum tls_result
peek_first_byte(struct tls *t)
{
	char byte;
	ssize_t n = recv(t->bio.fd, &byte, 1, MSG_PEEK);

	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return TLS_WAITS_READ;
	if (n <= 0) {
		tls_fail(t, "the client went away");
		return TLS_FAILED;
	}
	if (is_letter(byte)) {
		count_failure(t, TLS_FAILURE_PLAIN_HTTP);
		t->has_failed = true;
		return TLS_IS_PLAIN;
	}
	t->has_begun = true;
	return TLS_DONE;
}

enum tls_result
tls_begin(struct tls *t)
{
	return t->has_begun ? TLS_DONE : peek_first_byte(t);
}

/* A ticket may outlive the certificate that it was given for. */
static bool
accept_client(struct tls *t)
{
	X509 *x = SSL_get0_peer_certificate(t->ssl);

	if (x == NULL)
		return true;
	if (X509_cmp_current_time(X509_get0_notAfter(x)) < 0) {
		count_failure(t, TLS_FAILURE_BAD_CERTIFICATE);
		t->has_failed = true;
		t->why = "the client's certificate has expired";
		return false;
	}
	t->subject = tls_peer_subject(x);
	return true;
}

static enum tls_result
end_handshake(struct tls *t)
{
	struct tls_counters *counters = t->address->server->counters;

	if (!accept_client(t))
		return TLS_FAILED;
	t->is_ready = true;
	t->has_input = SSL_has_pending(t->ssl) == 1;
	counters->handshakes[SSL_session_reused(t->ssl) ? TLS_HANDSHAKE_RESUMED
							: TLS_HANDSHAKE_FULL]++;
	return TLS_DONE;
}

enum tls_result
tls_handshake(struct tls *t)
{
	int rc = SSL_do_handshake(t->ssl);
	enum output_result flushed = tls_bio_flush(&t->bio);

	if (rc == 1)
		return end_handshake(t);
	switch (SSL_get_error(t->ssl, rc)) {
	case SSL_ERROR_WANT_READ:
		return flushed == OUTPUT_BLOCKED ? TLS_WAITS_WRITE
						 : TLS_WAITS_READ;
	case SSL_ERROR_SYSCALL:
		tls_fail(t, "the client went away");
		return TLS_FAILED;
	default:
		tls_fail(t, NULL);
		return TLS_FAILED;
	}
}

enum conf_protocol
tls_protocol(const struct tls *t)
{
	const unsigned char *name;
	unsigned len;

	SSL_get0_alpn_selected(t->ssl, &name, &len);
	return len == 2 ? CONF_HTTP_2 : CONF_HTTP_1;
}

/* ---- input --------------------------------------------------------------- */

/* -1 with errno: EAGAIN or ECONNRESET; 0: close_notify. */
static int
explain_read(struct tls *t, int rc)
{
	switch (SSL_get_error(t->ssl, rc)) {
	case SSL_ERROR_ZERO_RETURN:
		return 0;
	case SSL_ERROR_WANT_READ:
		errno = EAGAIN;
		if (++t->empty_reads <= MOST_EMPTY &&
			t->messages <= MOST_MESSAGES)
			return -1;
		t->address->server->counters
			->abuses[t->messages > MOST_MESSAGES
					 ? TLS_KEY_UPDATES
					 : TLS_EMPTY_RECORDS]++;
		tls_fail(t, "the client sends TLS records without data");
		break;
	case SSL_ERROR_SYSCALL:
		tls_fail(t, "the client went away");
		break;
	default:
		tls_fail(t, NULL);
	}
	errno = ECONNRESET;
	return -1;
}

static ssize_t
read_all(struct tls *t, char *to, size_t size)
{
	size_t done = 0, n;
	int rc = -1;

	while (done < size) {
		rc = SSL_read_ex(t->ssl, to + done, size - done, &n);
		if (rc != 1) {
			rc = explain_read(t, rc);
			break;
		}
		t->empty_reads = t->messages = 0;
		done += n;
		if (!SSL_has_pending(t->ssl))
			return (ssize_t)done;
	}
	if (done == 0)
		return rc;
	/* What ended the loop is returned by the next call. */
	t->has_input = done == size || rc == 0 || errno != EAGAIN;
	return (ssize_t)done;
}

/* What reading has to write, as an answer to KeyUpdate, or what is kept. */
static void
flush_beside_input(struct tls *t)
{
	int saved = errno;

	if (t->bio.buffer->len > 0 || tls_bio_has_kept(&t->bio))
		tls_bio_flush(&t->bio);
	errno = saved;
}

ssize_t
tls_recv(struct tls *t, char *to, size_t size)
{
	ssize_t n;

	t->has_input = false;
	if (t->has_failed) {
		errno = ECONNRESET;
		return -1;
	}
	n = read_all(t, to, size);
	flush_beside_input(t);
	return n;
}

ssize_t
tls_peek(struct tls *t)
{
	char byte;
	size_t n;
	int rc;

	if (t->has_failed) {
		errno = ECONNRESET;
		return -1;
	}
	rc = SSL_peek_ex(t->ssl, &byte, 1, &n);
	if (rc != 1)
		rc = explain_read(t, rc);
	flush_beside_input(t);
	if (rc != 1)
		return rc;
	t->has_input = true;
	return 1;
}

bool
tls_has_input(const struct tls *t)
{
	return t->has_input;
}

bool
tls_wants_write(const struct tls *t)
{
	return tls_bio_has_kept(&t->bio);
}

/* ---- for logs and checks ------------------------------------------------- */

const char *
tls_version(const struct tls *t)
{
	return SSL_get_version(t->ssl);
}

const char *
tls_server_name(const struct tls *t)
{
	return SSL_get_servername(t->ssl, TLSEXT_NAMETYPE_host_name);
}

const char *
tls_client_subject(const struct tls *t)
{
	return t->subject;
}

const char *
tls_cipher(const struct tls *t)
{
	return SSL_get_cipher_name(t->ssl);
}

bool
tls_client_sha256(const struct tls *t, char to[TLS_SHA256])
{
	X509 *x = SSL_get0_peer_certificate(t->ssl);

	_Static_assert((int)TLS_SHA256 == (int)TLS_PEER_SHA256, "one length");
	if (x != NULL)
		tls_peer_sha256(x, to);
	return x != NULL;
}

char *
tls_client_name(const struct tls *t, unsigned n)
{
	X509 *x = SSL_get0_peer_certificate(t->ssl);

	return x == NULL ? NULL : tls_peer_name(x, n);
}

bool
tls_covers(const struct tls *t, struct span host)
{
	const struct tls_address *a = t->address;

	return a->listen->tls->client == NULL || host.len == 0 ||
	       tls_names_find(&a->names, host) != -1;
}
