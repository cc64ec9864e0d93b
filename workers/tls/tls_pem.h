/*
 * From the PEM of the configuration to objects of libcrypto.
 * SPDX-License-Identifier: MIT
 */
#ifndef TLS_PEM_H
#define TLS_PEM_H

#include <openssl/x509.h>

struct conf_certificate;
struct conf_tls_client;

/* A certificate, those behind it in its chain, and its key. */
struct tls_pem {
	X509 *leaf;
	STACK_OF(X509) * rest;
	EVP_PKEY *key;
};

/* 0, or -1: it cannot be decoded.  tls_pem_fini() in either case. */
int tls_pem_read(struct tls_pem *, const struct conf_certificate *);
void tls_pem_fini(struct tls_pem *);

/* Returns the CAs of clients with their revocation lists, and their names for
 * the clients; NULL: they cannot be decoded. */
X509_STORE *tls_pem_read_store(
	const struct conf_tls_client *, STACK_OF(X509_NAME) * *names);

#endif
