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
#include <setjmp.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "config/certificate_facts.h"
#include "config/certificate_report.h"
#include "config/secret_file.h"

enum {
	WEAKEST = 112, /* bits of security: RSA 2048, SHA-224; SECLEVEL 2 */
	SOON = 14,     /* days before the end of a certificate */
};

typedef STACK_OF(X509) chain;

/*
 * What libcrypto has made of the files.  All of it is freed in one place, also
 * when an allocation fails meanwhile: that leaves the reading at once
 * (arena.h).
 */
struct objects {
	BIO *bio;
	chain *chain; /* of the server, or the CAs of clients */
	EVP_PKEY *key;
	GENERAL_NAMES *names;
	X509_CRL *crl;
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

static void
free_chain(struct objects *o)
{
	sk_X509_pop_free(o->chain, X509_free);
	o->chain = NULL;
}

/* Sets the certificates of a file in their order; none after an error was
 * reported. */
static void
parse_certificates(struct reader *r, struct objects *o, const char *path,
	struct span file, const char *other)
{
	unsigned long error;
	X509 *one;

	o->bio = BIO_new_mem_buf(file.at, (int)file.len);
	o->chain = sk_X509_new_null();
	while ((one = PEM_read_bio_X509(
			o->bio, NULL, refuse_passphrase, NULL)) != NULL)
		if (sk_X509_push(o->chain, one) == 0)
			X509_free(one);
	error = ERR_peek_last_error();
	ERR_clear_error();
	BIO_free(o->bio);
	o->bio = NULL;
	if (ERR_GET_REASON(error) != PEM_R_NO_START_LINE)
		reader_report(r, JSON_POSITION_VALUE,
			"%s: certificate %d cannot be decoded: %s", path,
			sk_X509_num(o->chain) + 1,
			ERR_reason_error_string(error));
	else if (sk_X509_num(o->chain) == 0)
		report_absence(r, path, file, "certificate", other, "x509");
	else
		return;
	free_chain(o);
}

static void
parse_key(
	struct reader *r, struct objects *o, const char *path, struct span file)
{
	bool was_asked = false;
	unsigned long error;

	o->bio = BIO_new_mem_buf(file.at, (int)file.len);
	o->key = PEM_read_bio_PrivateKey(
		o->bio, NULL, refuse_passphrase, &was_asked);
	error = ERR_peek_last_error();
	ERR_clear_error();
	BIO_free(o->bio);
	o->bio = NULL;
	if (o->key != NULL)
		return;
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
}

/* ---- checks of a chain --------------------------------------------------- */

static void
check_expiry(struct reader *r, struct conf_certificate *c, const X509 *leaf)
{
	int64_t now = time(NULL), day = 86400;
	char when[CERTIFICATE_END];

	c->not_after = certificate_seconds(X509_get0_notAfter(leaf));
	certificate_tell_end(c, now, when);
	if (c->not_after < now + SOON * day)
		reader_warn(r, "%s %s %s; renew it", c->chain_path,
			c->not_after < now ? "expired" : "expires", when);
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
check_chain(struct reader *r, struct conf_certificate *c, struct objects *o)
{
	X509 *leaf = sk_X509_value(o->chain, 0);

	reader_enter(r, "chain");
	check_order(r, c->chain_path, o->chain);
	check_strength(r, c->chain_path, o->chain);
	o->names = X509_get_ext_d2i(leaf, NID_subject_alt_name, NULL, NULL);
	certificate_read_names(r, c, o->names);
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
check_key(struct reader *r, struct conf_certificate *c, const struct objects *o)
{
	int n = sk_X509_num(o->chain), fits = 0;

	while (fits < n && X509_check_private_key(
				   sk_X509_value(o->chain, fits), o->key) != 1)
		fits++;
	ERR_clear_error();
	c->key_kind = certificate_key_kind(r, o->key);
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
free_objects(struct objects *o)
{
	BIO_free(o->bio);
	free_chain(o);
	EVP_PKEY_free(o->key); /* wipes it */
	GENERAL_NAMES_free(o->names);
	X509_CRL_free(o->crl);
}

/* Loads, and frees the objects, whatever happens. */
static void
load_guarded(struct reader *r, void *conf,
	void (*load)(struct reader *, void *conf, struct objects *))
{
	jmp_buf failure, *outer = r->arena->failure;
	struct objects objects = { .bio = NULL };
	bool has_failed = setjmp(failure) != 0;

	if (!has_failed) {
		if (outer != NULL)
			r->arena->failure = &failure;
		load(r, conf, &objects);
	}
	r->arena->failure = outer;
	free_objects(&objects);
	ERR_clear_error();
	if (has_failed)
		longjmp(*outer, 1);
}

static void
load_certificate(struct reader *r, void *conf, struct objects *o)
{
	struct conf_certificate *c = conf;

	if (c->chain.len > 0) {
		reader_enter(r, "chain");
		parse_certificates(
			r, o, c->chain_path, c->chain, "PRIVATE KEY-----");
		reader_leave(r);
	}
	if (c->key.len > 0) {
		reader_enter(r, "key");
		parse_key(r, o, c->key_path, c->key);
		reader_leave(r);
	}
	if (o->chain != NULL)
		check_chain(r, c, o);
	if (o->chain != NULL && o->key != NULL)
		check_key(r, c, o);
}

void
certificates_load(struct reader *r, struct conf_certificate *c)
{
	if (c->chain_path != NULL)
		c->chain = secret_file_read(
			r, "chain", c->chain_path, 0, &c->chain_stamp);
	if (c->key_path != NULL)
		c->key = secret_file_read(r, "key", c->key_path,
			SECRET_FILE_IS_KEY, &c->key_stamp);
	load_guarded(r, c, load_certificate);
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
check_revocation_lists(
	struct reader *r, const struct conf_tls_client *c, struct objects *o)
{
	int n = 0;

	o->bio = BIO_new_mem_buf(c->crl.at, (int)c->crl.len);
	reader_enter(r, "crl");
	for (; (o->crl = PEM_read_bio_X509_CRL(
			o->bio, NULL, refuse_passphrase, NULL)) != NULL;
		n++) {
		check_revocation_list(r, c->crl_path, o->crl, o->chain);
		X509_CRL_free(o->crl);
	}
	if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
		reader_report(r, JSON_POSITION_VALUE,
			"%s: revocation list %d cannot be decoded", c->crl_path,
			n + 1);
	else if (n == 0)
		report_absence(
			r, c->crl_path, c->crl, "revocation list", NULL, "crl");
	reader_leave(r);
}

static void
load_client(struct reader *r, void *conf, struct objects *o)
{
	struct conf_tls_client *c = conf;

	reader_enter(r, "ca");
	parse_certificates(r, o, c->ca_path, c->ca, NULL);
	if (o->chain != NULL)
		check_authorities(r, c->ca_path, o->chain);
	reader_leave(r);
	if (o->chain != NULL && c->crl.len > 0)
		check_revocation_lists(r, c, o);
}

void
certificates_load_client(struct reader *r, struct conf_tls_client *c)
{
	if (c->ca_path != NULL)
		c->ca = secret_file_read(r, "ca", c->ca_path, 0, NULL);
	if (c->crl_path != NULL)
		c->crl = secret_file_read(r, "crl", c->crl_path, 0, NULL);
	if (c->ca.len > 0)
		load_guarded(r, c, load_client);
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
