/*
 * A client that speaks TLS, with a deadline on everything: as client.h over
 * OpenSSL.
 * SPDX-License-Identifier: MIT
 */
#ifndef TLS_CLIENT_H
#define TLS_CLIENT_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "support/client.h"
#include "support/http_response.h"

struct test_certificate;

/* What it offers; the zero value: a name of "localhost", no ALPN, any version.
 */
struct tls_client_offer {
	const char *name;    /* "": none */
	const char *alpn;    /* "http/1.1", or NULL */
	const char *ciphers; /* of TLS 1.2, or of 1.3 with that version; or NULL
			      */
	int version;         /* TLS1_2_VERSION alone, or 0 */
	const struct test_certificate *certificate; /* of its own, or NULL */
	SSL_SESSION *session;                       /* to resume, or NULL */
	uint8_t fragment;  /* TLSEXT_max_fragment_length_512, or 0 */
	const char *first; /* bytes before the handshake, or NULL */
};

struct tls_client {
	SSL_CTX *ctx;
	SSL *ssl;
	int fd;
	int alert;            /* that the server sent; -1: none */
	SSL_SESSION *session; /* the last that the server gave, or NULL */
	char *bytes;          /* received, not yet part of a response */
	size_t len, size;
	bool at_eof;
};

/* Connects to 127.0.0.1 and shakes hands; false when that failed. */
bool tls_client_try_open(
	struct tls_client *, int port, const struct tls_client_offer *);

/* The same, and a failure ends the test.  offer NULL: the zero value. */
void tls_client_open(
	struct tls_client *, int port, const struct tls_client_offer *);

/* Without close_notify; fine for one that was not opened. */
void tls_client_close(struct tls_client *);

/* close_notify, and nothing more is sent. */
void tls_client_say_end(struct tls_client *);

void tls_client_send(struct tls_client *, const char *bytes, size_t len);
void tls_client_say(struct tls_client *, const char *text);
enum client_result tls_client_try_recv(struct tls_client *, struct response *);
void tls_client_recv(struct tls_client *, struct response *);

/* GET on a connection that is kept. */
void tls_client_get(struct tls_client *, const char *path, struct response *);

/* One read until the deadline; what came is behind bytes, or at_eof is set. */
enum client_result tls_client_fill(struct tls_client *, int64_t deadline);

/* Waits for the server's close_notify; false: something else came, or a FIN
 * without it. */
bool tls_client_is_closed(struct tls_client *, int ms);

/* Neither bytes nor an end come within ms. */
bool tls_client_is_silent(struct tls_client *, int ms);

/* The serial number of the server's certificate. */
long tls_client_serial(const struct tls_client *);

#endif
