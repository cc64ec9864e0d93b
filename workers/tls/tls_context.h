/*
 * The inside of a worker's TLS, for tls.c and tls_context.c, which alone know
 * <openssl/ssl.h>.
 * SPDX-License-Identifier: MIT
 */
#ifndef TLS_CONTEXT_H
#define TLS_CONTEXT_H

#include <openssl/sha.h>
#include <openssl/ssl.h>

#include "common/protocol_counters.h"
#include "tls/tls.h"
#include "tls/tls_bio.h"
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
};

struct tls_server {
	struct tls_address *addresses; /* as conf->listen */
	size_t naddresses;
	struct tls_tickets tickets;
	unsigned left;    /* steps of handshakes in this turn */
	int64_t until_us; /* 0: none was done yet */
	struct tls_counters *counters;
	struct tls_counters not_shown; /* where the worker gave none */
	char gathered[TLS_GATHERED];
	BIO_METHOD *method;
	struct tls_bio_buffer buffer;
};

#endif
