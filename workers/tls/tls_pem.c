/*
 * The master has checked all of it: errors here are those of memory.
 * SPDX-License-Identifier: MIT
 */
#include "tls/tls_pem.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>

#include "common/conf.h"

static BIO *
open_text(struct span text)
{
	return BIO_new_mem_buf(text.at, (int)text.len);
}

static void
read_chain(struct tls_pem *p, struct span text)
{
	BIO *bio = open_text(text);
	X509 *x;

	p->leaf = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	p->rest = sk_X509_new_null();
	while (p->rest != NULL &&
		(x = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL)
		sk_X509_push(p->rest, x);
	BIO_free(bio);
}

int
tls_pem_read(struct tls_pem *p, const struct conf_certificate *c)
{
	BIO *bio = open_text(c->key);

	read_chain(p, c->chain);
	p->key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
	BIO_free(bio);
	ERR_clear_error();
	return p->leaf != NULL && p->rest != NULL && p->key != NULL ? 0 : -1;
}

void
tls_pem_fini(struct tls_pem *p)
{
	X509_free(p->leaf);
	sk_X509_pop_free(p->rest, X509_free);
	EVP_PKEY_free(p->key);
	*p = (struct tls_pem){ NULL, NULL, NULL };
}

/* ---- clients ------------------------------------------------------------- */

static void
add_authorities(
	X509_STORE *store, STACK_OF(X509_NAME) * names, struct span text)
{
	BIO *bio = open_text(text);
	X509 *x;

	while ((x = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL) {
		X509_STORE_add_cert(store, x);
		sk_X509_NAME_push(
			names, X509_NAME_dup(X509_get_subject_name(x)));
		X509_free(x);
	}
	BIO_free(bio);
}

static void
add_revocation_lists(X509_STORE *store, struct span text)
{
	BIO *bio = open_text(text);
	X509_CRL *crl;

	while ((crl = PEM_read_bio_X509_CRL(bio, NULL, NULL, NULL)) != NULL) {
		X509_STORE_add_crl(store, crl);
		X509_CRL_free(crl);
	}
	BIO_free(bio);
	X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK);
}

X509_STORE *
tls_pem_read_store(
	const struct conf_tls_client *c, STACK_OF(X509_NAME) * *names)
{
	X509_STORE *store = X509_STORE_new();

	*names = sk_X509_NAME_new_null();
	if (store == NULL || *names == NULL) {
		X509_STORE_free(store);
		sk_X509_NAME_free(*names);
		return NULL;
	}
	add_authorities(store, *names, c->ca);
	if (c->crl.len > 0)
		add_revocation_lists(store, c->crl);
	/* "ca" may name an intermediate one and not its root. */
	X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
	ERR_clear_error();
	return store;
}
