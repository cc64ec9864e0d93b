/*
 * SPDX-License-Identifier: MIT
 */
#include "support/test_certificate.h"

#include <check.h>
#include <fcntl.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <unistd.h>

enum { DAYS = 30 };

static EVP_PKEY *
make_key(enum test_key kind)
{
	switch (kind) {
	case TEST_ECDSA:
		return EVP_EC_gen("P-256");
	case TEST_RSA:
		return EVP_RSA_gen(2048);
	case TEST_RSA_1024:
		return EVP_RSA_gen(1024);
	case TEST_ED25519:
		return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	}
	return NULL;
}

static void
add_extension(X509 *x, X509 *issuer, int nid, const char *text)
{
	X509V3_CTX ctx;
	X509_EXTENSION *e;

	X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
	e = X509V3_EXT_conf_nid(NULL, &ctx, nid, text);
	ck_assert_msg(e != NULL, "extension %s", text);
	X509_add_ext(x, e, -1);
	X509_EXTENSION_free(e);
}

static void
set_subject(X509 *x, const char *subject)
{
	X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN",
		MBSTRING_UTF8,
		(const unsigned char *)(subject != NULL ? subject : "test"), -1,
		-1, 0);
}

static void
set_times(X509 *x, const struct test_certificate_spec *spec)
{
	X509_time_adj_ex(X509_getm_notBefore(x), spec->begins_in, -60, NULL);
	X509_time_adj_ex(X509_getm_notAfter(x),
		spec->days != 0 ? spec->days : DAYS, 60, NULL);
}

void
test_certificate_make(struct test_certificate *c,
	const struct test_certificate *issuer,
	const struct test_certificate_spec *spec)
{
	static long serial = 1000;
	const struct test_certificate *by = issuer != NULL ? issuer : c;
	const EVP_MD *md = spec->is_sha1 ? EVP_sha1() : EVP_sha256();

	c->key = make_key(spec->kind);
	c->x = X509_new();
	ck_assert(c->key != NULL && c->x != NULL);
	X509_set_version(c->x, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(c->x),
		spec->serial != 0 ? spec->serial : serial++);
	set_subject(c->x, spec->subject);
	set_times(c->x, spec);
	X509_set_pubkey(c->x, c->key);
	X509_set_issuer_name(c->x, X509_get_subject_name(by->x));
	add_extension(c->x, by->x, NID_basic_constraints,
		spec->is_ca ? "critical,CA:TRUE" : "CA:FALSE");
	if (spec->names != NULL)
		add_extension(c->x, by->x, NID_subject_alt_name, spec->names);
	if (spec->usage != NULL)
		add_extension(c->x, by->x, NID_ext_key_usage, spec->usage);
	if (EVP_PKEY_get_base_id(by->key) == EVP_PKEY_ED25519)
		md = NULL;
	ck_assert_int_gt(X509_sign(c->x, by->key, md), 0);
}

void
test_certificate_free(struct test_certificate *c)
{
	X509_free(c->x);
	EVP_PKEY_free(c->key);
	*c = (struct test_certificate){ NULL, NULL };
}

void
test_certificate_write(
	const char *path, const struct test_certificate *const *chain)
{
	FILE *f = fopen(path, "we");

	ck_assert_msg(f != NULL, "%s", path);
	for (; *chain != NULL; chain++)
		ck_assert_int_eq(PEM_write_X509(f, (*chain)->x), 1);
	ck_assert_int_eq(fclose(f), 0);
}

void
test_key_write(const char *path, const struct test_certificate *c)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	FILE *f = fdopen(fd, "w");

	ck_assert_msg(f != NULL, "%s", path);
	ck_assert_int_eq(
		PEM_write_PrivateKey(f, c->key, NULL, NULL, 0, NULL, NULL), 1);
	ck_assert_int_eq(fclose(f), 0);
}

static void
add_revoked(X509_CRL *crl, const struct test_certificate *c)
{
	X509_REVOKED *r = X509_REVOKED_new();
	ASN1_TIME *now = X509_gmtime_adj(NULL, -60);

	X509_REVOKED_set_serialNumber(r, X509_get_serialNumber(c->x));
	X509_REVOKED_set_revocationDate(r, now);
	X509_CRL_add0_revoked(crl, r);
	ASN1_TIME_free(now);
}

void
test_crl_write(const char *path, const struct test_certificate *ca,
	const struct test_certificate *revoked, int days)
{
	ASN1_TIME *last = X509_time_adj_ex(NULL, -2, 0, NULL);
	ASN1_TIME *next = X509_time_adj_ex(NULL, days, 0, NULL);
	X509_CRL *crl = X509_CRL_new();
	FILE *f = fopen(path, "we");

	ck_assert(f != NULL && crl != NULL);
	X509_CRL_set_version(crl, 1);
	X509_CRL_set_issuer_name(crl, X509_get_subject_name(ca->x));
	X509_CRL_set1_lastUpdate(crl, last);
	X509_CRL_set1_nextUpdate(crl, next);
	if (revoked != NULL)
		add_revoked(crl, revoked);
	X509_CRL_sort(crl);
	ck_assert_int_gt(X509_CRL_sign(crl, ca->key, EVP_sha256()), 0);
	ck_assert_int_eq(PEM_write_X509_CRL(f, crl), 1);
	ck_assert_int_eq(fclose(f), 0);
	X509_CRL_free(crl);
	ASN1_TIME_free(last);
	ASN1_TIME_free(next);
}
