/*
 * The socket does not block: poll(2) waits for what SSL_get_error(3) names.
 * SPDX-License-Identifier: MIT
 */
#include "support/tls_client.h"

#include <check.h>
#include <openssl/err.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/test_certificate.h"
#include "support/test_deadline.h"

enum { ROOM = 65536 };

/* ---- handshake ----------------------------------------------------------- */

static void
on_info(const SSL *ssl, int where, int value)
{
	struct tls_client *c = SSL_get_app_data(ssl);

	if ((where & SSL_CB_READ_ALERT) == SSL_CB_READ_ALERT &&
		(value & 0xff) != SSL_AD_CLOSE_NOTIFY)
		c->alert = value & 0xff;
}

static int
on_session(SSL *ssl, SSL_SESSION *session)
{
	struct tls_client *c = SSL_get_app_data(ssl);

	SSL_SESSION_free(c->session);
	c->session = session;
	return 1;
}

static void
make_context(struct tls_client *c, const struct tls_client_offer *offer)
{
	c->ctx = SSL_CTX_new(TLS_client_method());
	ck_assert_ptr_nonnull(c->ctx);
	SSL_CTX_set_info_callback(c->ctx, on_info);
	SSL_CTX_set_session_cache_mode(
		c->ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
	SSL_CTX_sess_set_new_cb(c->ctx, on_session);
	if (offer->version != 0) {
		SSL_CTX_set_min_proto_version(c->ctx, offer->version);
		SSL_CTX_set_max_proto_version(c->ctx, offer->version);
	}
	if (offer->ciphers != NULL && offer->version == TLS1_3_VERSION)
		ck_assert_int_eq(
			SSL_CTX_set_ciphersuites(c->ctx, offer->ciphers), 1);
	else if (offer->ciphers != NULL)
		ck_assert_int_eq(
			SSL_CTX_set_cipher_list(c->ctx, offer->ciphers), 1);
	if (offer->certificate == NULL)
		return;
	ck_assert_int_eq(
		SSL_CTX_use_certificate(c->ctx, offer->certificate->x), 1);
	ck_assert_int_eq(
		SSL_CTX_use_PrivateKey(c->ctx, offer->certificate->key), 1);
}

static void
make_ssl(struct tls_client *c, const struct tls_client_offer *offer)
{
	const char *name = offer->name != NULL ? offer->name : "localhost";
	unsigned char list[64];
	size_t len;

	c->ssl = SSL_new(c->ctx);
	ck_assert_ptr_nonnull(c->ssl);
	SSL_set_app_data(c->ssl, (char *)c);
	SSL_set_fd(c->ssl, c->fd);
	SSL_set_connect_state(c->ssl);
	if (*name != '\0')
		SSL_set_tlsext_host_name(c->ssl, name);
	if (offer->alpn != NULL) {
		len = strlen(offer->alpn);
		list[0] = (unsigned char)len;
		memcpy(list + 1, offer->alpn, len);
		SSL_set_alpn_protos(c->ssl, list, (unsigned)len + 1);
	}
	if (offer->fragment != 0)
		SSL_set_tlsext_max_fragment_length(c->ssl, offer->fragment);
	if (offer->session != NULL)
		SSL_set_session(c->ssl, offer->session);
}

/* False: the call cannot go on, or not before the deadline. */
static bool
wait_for(struct tls_client *c, int rc, int64_t deadline)
{
	int error = SSL_get_error(c->ssl, rc);
	struct pollfd p = { .fd = c->fd };

	if (error == SSL_ERROR_WANT_READ)
		p.events = POLLIN;
	else if (error == SSL_ERROR_WANT_WRITE)
		p.events = POLLOUT;
	else
		return false;
	return poll(&p, 1, deadline_left(deadline)) == 1;
}

bool
tls_client_try_open(
	struct tls_client *c, int port, const struct tls_client_offer *offer)
{
	static const struct tls_client_offer none = { .name = NULL };
	int64_t deadline = deadline_in(DEADLINE);
	struct client raw;
	int rc;

	signal(SIGPIPE, SIG_IGN); /* SSL_write(3) calls write(2) */
	client_open(&raw, port);
	if (offer != NULL && offer->first != NULL)
		client_say(&raw, offer->first);
	*c = (struct tls_client){ .fd = raw.fd, .alert = -1 };
	make_context(c, offer != NULL ? offer : &none);
	make_ssl(c, offer != NULL ? offer : &none);
	do
		rc = SSL_do_handshake(c->ssl);
	while (rc != 1 && wait_for(c, rc, deadline));
	ERR_clear_error();
	return rc == 1;
}

void
tls_client_open(
	struct tls_client *c, int port, const struct tls_client_offer *offer)
{
	ck_assert_msg(tls_client_try_open(c, port, offer),
		"the handshake failed, alert %d", c->alert);
}

void
tls_client_close(struct tls_client *c)
{
	if (c->ctx == NULL)
		return;
	/* Else its session could not be resumed. */
	SSL_set_shutdown(c->ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
	SSL_free(c->ssl);
	SSL_SESSION_free(c->session);
	SSL_CTX_free(c->ctx);
	close(c->fd);
	free(c->bytes);
	*c = (struct tls_client){ .fd = -1 };
}

/* ---- bytes --------------------------------------------------------------- */

void
tls_client_say_end(struct tls_client *c)
{
	SSL_shutdown(c->ssl);
	shutdown(c->fd, SHUT_WR);
}

void
tls_client_send(struct tls_client *c, const char *bytes, size_t len)
{
	int64_t deadline = deadline_in(DEADLINE);
	size_t n;
	int rc;

	while (len > 0) {
		rc = SSL_write_ex(c->ssl, bytes, len, &n);
		if (rc == 1) {
			bytes += n;
			len -= n;
		} else if (!wait_for(c, rc, deadline)) {
			ERR_clear_error();
			return;
		}
	}
}

void
tls_client_say(struct tls_client *c, const char *text)
{
	tls_client_send(c, text, strlen(text));
}

enum client_result
tls_client_fill(struct tls_client *c, int64_t deadline)
{
	size_t n;
	int rc;

	if (c->size - c->len < ROOM) {
		c->size = c->size == 0 ? (size_t)2 * ROOM : c->size * 2;
		c->bytes = realloc(c->bytes, c->size);
		ck_assert_ptr_nonnull(c->bytes);
	}
	do
		rc = SSL_read_ex(
			c->ssl, c->bytes + c->len, c->size - c->len, &n);
	while (rc != 1 && wait_for(c, rc, deadline));
	if (rc == 1) {
		c->len += n;
		return CLIENT_OK;
	}
	rc = SSL_get_error(c->ssl, rc);
	ERR_clear_error();
	c->at_eof = rc == SSL_ERROR_ZERO_RETURN;
	if (c->at_eof)
		return CLIENT_OK;
	return rc == SSL_ERROR_WANT_READ ? CLIENT_LATE : CLIENT_RESET;
}

enum client_result
tls_client_try_recv(struct tls_client *c, struct response *r)
{
	int64_t deadline = deadline_in(DEADLINE);
	enum client_result result;
	long used;

	*r = (struct response){ 0 };
	for (;;) {
		used = c->len == 0 ? 0
				   : response_parse(r, c->bytes, c->len, false,
					     c->at_eof);
		if (used < 0)
			return CLIENT_MALFORMED;
		if (used > 0) {
			c->len -= (size_t)used;
			memmove(c->bytes, c->bytes + used, c->len);
			return CLIENT_OK;
		}
		response_free(r);
		*r = (struct response){ 0 };
		if (c->at_eof)
			return c->len == 0 ? CLIENT_EOF : CLIENT_CUT;
		result = tls_client_fill(c, deadline);
		if (result != CLIENT_OK)
			return c->len > 0 ? CLIENT_CUT : result;
	}
}

void
tls_client_recv(struct tls_client *c, struct response *r)
{
	enum client_result result = tls_client_try_recv(c, r);

	ck_assert_msg(result == CLIENT_OK,
		"no response (%d), alert %d, after %zu bytes: %.*s", result,
		c->alert, c->len, c->len > 400 ? 400 : (int)c->len,
		c->bytes == NULL ? "" : c->bytes);
}

void
tls_client_get(struct tls_client *c, const char *path, struct response *r)
{
	char text[4096];

	snprintf(text, sizeof(text),
		"GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", path);
	tls_client_say(c, text);
	tls_client_recv(c, r);
}

bool
tls_client_is_closed(struct tls_client *c, int ms)
{
	if (c->len == 0 && !c->at_eof)
		tls_client_fill(c, deadline_in(ms));
	return c->len == 0 && c->at_eof;
}

bool
tls_client_is_silent(struct tls_client *c, int ms)
{
	return c->len == 0 && !c->at_eof &&
	       tls_client_fill(c, deadline_in(ms)) == CLIENT_LATE;
}

long
tls_client_serial(const struct tls_client *c)
{
	X509 *x = SSL_get0_peer_certificate(c->ssl);

	ck_assert_ptr_nonnull(x);
	return ASN1_INTEGER_get(X509_get0_serialNumber(x));
}
