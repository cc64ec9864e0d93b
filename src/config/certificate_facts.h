/*
 * What a certificate and a key say of themselves.
 * SPDX-License-Identifier: MIT
 */
#ifndef CERTIFICATE_FACTS_H
#define CERTIFICATE_FACTS_H

#include <openssl/x509v3.h>
#include <stdint.h>

#include "common/conf.h"

struct reader;

enum { CERTIFICATE_SUBJECT = 256 /* bytes */ };

/* Writes "/CN=example.com", and returns text. */
const char *certificate_subject(const X509 *, char text[CERTIFICATE_SUBJECT]);

/* Seconds since 1970; 0: there is no time. */
int64_t certificate_seconds(const ASN1_TIME *);

/* Sets the names, of its subjectAltName, or reports that it has none. */
void certificate_read_names(
	struct reader *, struct conf_certificate *, const GENERAL_NAMES *);

/* "RSA 2048", "ECDSA P-256", "Ed25519"; NULL: no kind that TLS uses. */
const char *certificate_key_kind(struct reader *, const EVP_PKEY *);

#endif
