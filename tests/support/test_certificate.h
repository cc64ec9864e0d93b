/*
 * Certificates of every quality, made by the test that needs them.
 * SPDX-License-Identifier: MIT
 */
#ifndef TEST_CERTIFICATE_H
#define TEST_CERTIFICATE_H

#include <openssl/x509.h>
#include <stdbool.h>

enum test_key { TEST_ECDSA, TEST_RSA, TEST_RSA_1024, TEST_ED25519 };

/* What a certificate says; the zero value is a server's without a name. */
struct test_certificate_spec {
	const char *subject; /* its common name; NULL: "test" */
	const char *names;   /* "DNS:a.example,IP:127.0.0.1", or NULL */
	const char *usage;   /* "clientAuth", or NULL */
	enum test_key kind;
	bool is_ca;
	bool is_sha1;        /* signed with SHA-1 */
	int begins_in, days; /* from now; days 0: 30 */
	long serial;
};

struct test_certificate {
	X509 *x;
	EVP_PKEY *key;
};

/* issuer NULL: signed by itself. */
void test_certificate_make(struct test_certificate *,
	const struct test_certificate *issuer,
	const struct test_certificate_spec *);
void test_certificate_free(struct test_certificate *);

/* Write PEM; the key has mode 0600.  chain ends with NULL. */
void test_certificate_write(
	const char *path, const struct test_certificate *const *chain);
void test_key_write(const char *path, const struct test_certificate *);

/* A revocation list of a CA with one certificate (NULL: none), which expires in
 * so many days. */
void test_crl_write(const char *path, const struct test_certificate *ca,
	const struct test_certificate *revoked, int days);

#endif
