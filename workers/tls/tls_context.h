/*
 * The inside of a worker's TLS, for the files of this folder.
 * SPDX-License-Identifier: MIT
 */
#ifndef TLS_CONTEXT_H
#define TLS_CONTEXT_H

#include <openssl/sha.h>
#include <openssl/ssl.h>

#include "common/protocol_counters.h"
#include "tls/tls.h"
#include "tls/tls_bio.h"
#include "tls/tls_kernel.h"
#include "tls/tls_names.h"
#include "tls/tls_tickets.h"

enum {
	TLS_RECORD = 16 * 1024,        /* the most that one holds */
	TLS_GATHERED = 4 * TLS_RECORD, /* bytes for SSL_write(3) */
};

struct tls_address {
	struct tls_server *server;
	const struct conf_listen *listen; /* tls NULL: plain */
	struct tls_names names;
	SSL_CTX **contexts; /* one a group; the first is the default */
	unsigned char session_id[SHA256_DIGEST_LENGTH]; /* its context */
	bool uses_kernel;                               /* for long files */
};

struct tls_server {
	struct tls_address *addresses; /* as conf->listen */
	size_t naddresses;
	struct tls_tickets tickets;
	struct tls_kernel kernel;
	unsigned left;    /* steps of handshakes in this turn */
	int64_t until_us; /* 0: none was done yet */
	struct tls_counters *counters;
	struct ktls_counters *ktls;
	struct tls_counters not_shown; /* where the worker gave none */
	struct ktls_counters ktls_not_shown;
	char gathered[TLS_GATHERED];
	BIO_METHOD *method;
	struct tls_bio_buffer buffer;
};

struct tls {
	SSL *ssl;
	struct tls_address *address;
	struct tls_bio bio;
	size_t sealed; /* bytes at the front of the output, in records that the
			  socket has not taken */
	char *subject; /* of the client, or NULL */
	const char *why; /* what went wrong */
	unsigned empty_reads;
	unsigned messages; /* as KeyUpdate, since there was data */
	bool has_begun;    /* bytes of a handshake are here */
	bool is_ready;     /* the handshake is over */
	bool has_failed;   /* nothing more can be read or written */
	bool has_input;    /* read from the socket, and not yet returned */
};

/* Ends it.  why NULL: the reason is taken from OpenSSL's error queue. */
void tls_fail(struct tls *, const char *why);

#endif
