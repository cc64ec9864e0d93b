/*
 * file -> PEM -> X509 and EVP_PKEY -> checks.  The objects are freed when the
 * checks are done: what the configuration keeps is the PEM, which the workers
 * parse again.
 * SPDX-License-Identifier: MIT
 */
#include "config/certificates.h"

#include "config/read.h"

#ifdef HAVE_OPENSSL

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "config/certificate_facts.h"
#include "config/secret_file.h"

enum {
	WEAKEST = 112, /* bits of security: RSA 2048, SHA-224; SECLEVEL 2 */
	SOON = 14,     /* days before the end of a certificate */
};

typedef STACK_OF(X509) chain;

/* What was read of one certificates[]; freed as a whole. */
struct pair {
	chain *chain;
	EVP_PKEY *key;
};

bool
certificates_are_supported(void)
{
	return true;
}

/* ---- PEM ----------------------------------------------------------------- */

/* Refuses to decrypt: a server has no terminal to ask at. */
static int
refuse_passphrase(char *text, int size, int is_writing, void *was_asked)
{
	(void)text, (void)size, (void)is_writing;
	if (was_asked != NULL)
		*(bool *)was_asked = true;
	return -1;
}

static bool
has_text(struct span file, const char *text)
{
	return memmem(file.at, file.len, text, strlen(text)) != NULL;
}

static bool
is_der(struct span file)
{
	return file.len > 2 && file.at[0] == 0x30;
}

/* Reports why a file in which an object was expected has none. */
static void
report_absence(struct reader *r, const char *path, struct span file,
	const char *what, const char *other, const char *convert)
{
	if (is_der(file))
		reader_report(r, JSON_POSITION_VALUE,
			"%s is DER, not PEM; convert it: openssl %s -inform "
			"DER",
			path, convert);
	else if (other != NULL && has_text(file, other))
		reader_report(r, JSON_POSITION_VALUE,
			"%s holds no %s, but the other one of the pair: are "
			"\"chain\" and \"key\" exchanged?",
			path, what);
	else
		reader_report(r, JSON_POSITION_VALUE,
			"%s holds no %s in PEM (\"-----BEGIN ...\")", path,
			what);
}

/* Returns the certificates of a file in their order; NULL after an error was
 * reported. */
static chain *
parse_certificates(
	struct reader *r, const char *path, struct span file, const char *other)
{
	BIO *bio = BIO_new_mem_buf(file.at, (int)file.len);
	chain *all = sk_X509_new_null();
	unsigned long error;
	X509 *one;

	while ((one = PEM_read_bio_X509(bio, NULL, refuse_passphrase, NULL)) !=
		NULL)
		sk_X509_push(all, one);
	error = ERR_peek_last_error();
	ERR_clear_error();
	BIO_free(bio);
	if (ERR_GET_REASON(error) != PEM_R_NO_START_LINE)
		reader_report(r, JSON_POSITION_VALUE,
			"%s: certificate %d cannot be decoded: %s", path,
			sk_X509_num(all) + 1, ERR_reason_error_string(error));
	else if (sk_X509_num(all) == 0)
		report_absence(r, path, file, "certificate", other, "x509");
	else
		return all;
	sk_X509_pop_free(all, X509_free);
	return NULL;
}

static EVP_PKEY *
parse_key(struct reader *r, const char *path, struct span file)
{
	BIO *bio = BIO_new_mem_buf(file.at, (int)file.len);
	bool was_asked = false;
	EVP_PKEY *key = PEM_read_bio_PrivateKey(
		bio, NULL, refuse_passphrase, &was_asked);
	unsigned long error = ERR_peek_last_error();

	ERR_clear_error();
	BIO_free(bio);
	if (key != NULL)
		return key;
	if (was_asked)
		reader_report(r, JSON_POSITION_VALUE,
			"%s is encrypted, and a server cannot ask for its "
			"passphrase; decrypt it: openssl pkey",
			path);
	else if (has_text(file, "PRIVATE KEY-----"))
		reader_report(r, JSON_POSITION_VALUE,
			"%s: the private key cannot be decoded: %s", path,
			ERR_reason_error_string(error));
	else
		report_absence(r, path, file, "private key",
			"-----BEGIN CERTIFICATE-----", "pkey");
	return NULL;
}

/* ---- checks of a chain --------------------------------------------------- */

static void
check_expiry(struct reader *r, struct conf_certificate *c, const X509 *leaf)
{
	int64_t now = time(NULL), day = 86400;

	c->not_after = certificate_seconds(X509_get0_notAfter(leaf));
	if (c->not_after < now)
		reader_warn(r, "%s expired %lld days ago; renew it",
			c->chain_path, (long long)((now - c->not_after) / day));
	else if (c->not_after < now + SOON * day)
		reader_warn(r, "%s expires in %lld days; renew it",
			c->chain_path, (long long)((c->not_after - now) / day));
	if (certificate_seconds(X509_get0_notBefore(leaf)) > now)
		reader_warn(r,
			"%s is not yet valid; is the clock of this machine "
			"right?",
			c->chain_path);
}

static bool
is_issued_by(X509 *x, X509 *issuer)
{
	bool is = X509_check_issued(issuer, x) == X509_V_OK &&
		  X509_verify(x, X509_get0_pubkey(issuer)) == 1;

	ERR_clear_error();
	return is;
}

static void
check_order(struct reader *r, const char *path, const chain *all)
{
	char one[CERTIFICATE_SUBJECT], two[CERTIFICATE_SUBJECT];

	for (int i = 0; i + 1 < sk_X509_num(all); i++) {
		X509 *x = sk_X509_value(all, i);
		X509 *issuer = sk_X509_value(all, i + 1);

		if (is_issued_by(x, issuer))
			continue;
		reader_report(r, JSON_POSITION_VALUE,
			"%s: certificate %d (%s) did not issue certificate %d "
			"(%s); the server's own comes first, and behind each "
			"the one that issued it",
			path, i + 2, certificate_subject(issuer, one), i + 1,
			certificate_subject(x, two));
		return;
	}
}

/* Clients, and OpenSSL at its level 2, refuse what is weaker. */
static void
check_strength(struct reader *r, const char *path, const chain *all)
{
	char text[CERTIFICATE_SUBJECT];

	for (int i = 0; i < sk_X509_num(all); i++) {
		X509 *x = sk_X509_value(all, i);
		EVP_PKEY *key = X509_get0_pubkey(x);
		int bits = WEAKEST;

		X509_get_signature_info(x, NULL, NULL, &bits, NULL);
		if (key == NULL || EVP_PKEY_get_security_bits(key) < WEAKEST)
			reader_report(r, JSON_POSITION_VALUE,
				"%s: the key of certificate %d (%s) is too "
				"weak; use ECDSA P-256 or RSA 2048",
				path, i + 1, certificate_subject(x, text));
		if (bits < WEAKEST && !is_issued_by(x, x))
			reader_report(r, JSON_POSITION_VALUE,
				"%s: certificate %d (%s) is signed with a "
				"weak hash such as SHA-1; get another one",
				path, i + 1, certificate_subject(x, text));
	}
	ERR_clear_error();
}

static void
check_chain(struct reader *r, struct conf_certificate *c, chain *all)
{
	X509 *leaf = sk_X509_value(all, 0);

	reader_enter(r, "chain");
	check_order(r, c->chain_path, all);
	check_strength(r, c->chain_path, all);
	certificate_read_names(r, c, leaf);
	check_expiry(r, c, leaf);
	if (X509_check_purpose(leaf, X509_PURPOSE_SSL_SERVER, 0) != 1)
		reader_warn(r,
			"%s is not meant for a server (its extended key "
			"usage): clients may refuse it",
			c->chain_path);
	ERR_clear_error();
	reader_leave(r);
}

static void
check_key(struct reader *r, struct conf_certificate *c, const struct pair *p)
{
	int n = sk_X509_num(p->chain), fits = 0;

	while (fits < n && X509_check_private_key(
				   sk_X509_value(p->chain, fits), p->key) != 1)
		fits++;
	ERR_clear_error();
	c->key_kind = certificate_key_kind(r, p->key);
	reader_enter(r, "key");
	if (c->key_kind == NULL)
		reader_report(r, JSON_POSITION_VALUE,
			"%s is of a kind that TLS does not use; use ECDSA or "
			"RSA",
			c->key_path);
	else if (fits == n)
		reader_report(r, JSON_POSITION_VALUE,
			"%s does not fit the certificate in %s; give the key "
			"that it was requested with",
			c->key_path, c->chain_path);
	else if (fits > 0)
		reader_report(r, JSON_POSITION_VALUE,
			"%s fits certificate %d of %s, and the server's own "
			"must come first",
			c->key_path, fits + 1, c->chain_path);
	reader_leave(r);
}

/* ---- a certificate ------------------------------------------------------- */

static void
parse_pair(struct reader *r, const struct conf_certificate *c, struct pair *p)
{
	if (c->chain.len > 0) {
		reader_enter(r, "chain");
		p->chain = parse_certificates(
			r, c->chain_path, c->chain, "PRIVATE KEY-----");
		reader_leave(r);
	}
	if (c->key.len > 0) {
		reader_enter(r, "key");
		p->key = parse_key(r, c->key_path, c->key);
		reader_leave(r);
	}
}

void
certificates_load(struct reader *r, struct conf_certificate *c)
{
	struct pair p = { NULL, NULL };

	if (c->chain_path != NULL)
		c->chain = secret_file_read(
			r, "chain", c->chain_path, 0, &c->chain_stamp);
	if (c->key_path != NULL)
		c->key = secret_file_read(r, "key", c->key_path,
			SECRET_FILE_IS_KEY, &c->key_stamp);
	parse_pair(r, c, &p);
	if (p.chain != NULL)
		check_chain(r, c, p.chain);
	if (p.chain != NULL && p.key != NULL)
		check_key(r, c, &p);
	sk_X509_pop_free(p.chain, X509_free);
	EVP_PKEY_free(p.key);
}

/* ---- clients ------------------------------------------------------------- */

static void
check_authorities(struct reader *r, const char *path, const chain *all)
{
	char text[CERTIFICATE_SUBJECT];

	for (int i = 0; i < sk_X509_num(all); i++) {
		X509 *x = sk_X509_value(all, i);

		if (X509_check_ca(x) == 0)
			reader_report(r, JSON_POSITION_VALUE,
				"%s: certificate %d (%s) is not one of a CA; "
				"give the one that issues the clients'",
				path, i + 1, certificate_subject(x, text));
		else if (certificate_seconds(X509_get0_notAfter(x)) <
			 time(NULL))
			reader_warn(r,
				"%s: certificate %d (%s) has expired: its "
				"clients will be refused",
				path, i + 1, certificate_subject(x, text));
	}
}

static bool
is_revocation_list_of(X509_CRL *crl, const chain *all)
{
	bool is = false;

	for (int i = 0; i < sk_X509_num(all) && !is; i++) {
		X509 *x = sk_X509_value(all, i);

		is = X509_NAME_cmp(X509_get_subject_name(x),
			     X509_CRL_get_issuer(crl)) == 0 &&
		     X509_CRL_verify(crl, X509_get0_pubkey(x)) == 1;
	}
	ERR_clear_error();
	return is;
}

static void
check_revocation_list(struct reader *r, const char *path, X509_CRL *crl,
	const chain *authorities)
{
	const ASN1_TIME *next = X509_CRL_get0_nextUpdate(crl);

	if (!is_revocation_list_of(crl, authorities))
		reader_report(r, JSON_POSITION_VALUE,
			"%s: the revocation list was not issued by a CA of "
			"\"ca\"",
			path);
	else if (next != NULL && certificate_seconds(next) < time(NULL))
		reader_warn(r,
			"%s: the revocation list has expired: clients will be "
			"refused; get a new one",
			path);
}

static void
check_revocation_lists(struct reader *r, const struct conf_tls_client *c,
	const chain *authorities)
{
	BIO *bio = BIO_new_mem_buf(c->crl.at, (int)c->crl.len);
	X509_CRL *crl;
	int n = 0;

	reader_enter(r, "crl");
	for (; (crl = PEM_read_bio_X509_CRL(
			bio, NULL, refuse_passphrase, NULL)) != NULL;
		n++) {
		check_revocation_list(r, c->crl_path, crl, authorities);
		X509_CRL_free(crl);
	}
	if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
		reader_report(r, JSON_POSITION_VALUE,
			"%s: revocation list %d cannot be decoded", c->crl_path,
			n + 1);
	else if (n == 0)
		report_absence(
			r, c->crl_path, c->crl, "revocation list", NULL, "crl");
	ERR_clear_error();
	BIO_free(bio);
	reader_leave(r);
}

void
certificates_load_client(struct reader *r, struct conf_tls_client *c)
{
	chain *authorities;

	if (c->ca_path != NULL)
		c->ca = secret_file_read(r, "ca", c->ca_path, 0, NULL);
	if (c->crl_path != NULL)
		c->crl = secret_file_read(r, "crl", c->crl_path, 0, NULL);
	if (c->ca.len == 0)
		return;
	reader_enter(r, "ca");
	authorities = parse_certificates(r, c->ca_path, c->ca, NULL);
	if (authorities != NULL)
		check_authorities(r, c->ca_path, authorities);
	reader_leave(r);
	if (authorities != NULL && c->crl.len > 0)
		check_revocation_lists(r, c, authorities);
	sk_X509_pop_free(authorities, X509_free);
}

#else

bool
certificates_are_supported(void)
{
	return false;
}

void
certificates_load(struct reader *r, struct conf_certificate *c)
{
	(void)r, (void)c;
}

void
certificates_load_client(struct reader *r, struct conf_tls_client *c)
{
	(void)r, (void)c;
}

#endif
