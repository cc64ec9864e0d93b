/*
 * A name with a byte that is no printable ASCII is left out, so that none reads
 * as another one.
 * SPDX-License-Identifier: MIT
 */
#include "tls/tls_peer.h"

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *
tls_peer_subject(X509 *x)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *text, *copy = NULL;
	long len;

	if (bio == NULL)
		return NULL;
	if (X509_NAME_print_ex(
		    bio, X509_get_subject_name(x), 0, XN_FLAG_RFC2253) >= 0) {
		len = BIO_get_mem_data(bio, &text);
		copy = strndup(text, (size_t)len);
	}
	BIO_free(bio);
	return copy;
}

void
tls_peer_sha256(X509 *x, char to[TLS_PEER_SHA256])
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	to[0] = '\0';
	if (X509_digest(x, EVP_sha256(), digest, &len) != 1)
		return;
	for (unsigned i = 0; i < len && 2 * i + 2 < TLS_PEER_SHA256; i++)
		sprintf(to + (size_t)2 * i, "%02x", digest[i]);
}

/* ---- names --------------------------------------------------------------- */

static bool
is_printable(const unsigned char *bytes, int len)
{
	for (int i = 0; i < len; i++)
		if (bytes[i] <= ' ' || bytes[i] > '~')
			return false;
	return len > 0;
}

static char *
format_address(const unsigned char *bytes, int len)
{
	char address[INET6_ADDRSTRLEN], *text;

	if ((len != 4 && len != 16) ||
		inet_ntop(len == 4 ? AF_INET : AF_INET6, bytes, address,
			sizeof(address)) == NULL ||
		asprintf(&text, "IP:%s", address) == -1)
		return NULL;
	return text;
}

/* NULL: a kind or a text that is left out. */
static char *
format_name(const GENERAL_NAME *name)
{
	int kind, len;
	const ASN1_STRING *s = GENERAL_NAME_get0_value(name, &kind);
	const unsigned char *bytes;
	const char *label = kind == GEN_DNS     ? "DNS"
			    : kind == GEN_URI   ? "URI"
			    : kind == GEN_EMAIL ? "email"
						: NULL;
	char *text;

	if (label == NULL && kind != GEN_IPADD)
		return NULL;
	bytes = ASN1_STRING_get0_data(s);
	len = ASN1_STRING_length(s);
	if (kind == GEN_IPADD)
		return format_address(bytes, len);
	if (!is_printable(bytes, len) || asprintf(&text, "%s:%.*s", label, len,
						 (const char *)bytes) == -1)
		return NULL;
	return text;
}

char *
tls_peer_name(X509 *x, unsigned n)
{
	GENERAL_NAMES *names =
		X509_get_ext_d2i(x, NID_subject_alt_name, NULL, NULL);
	char *text = NULL;

	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		text = format_name(sk_GENERAL_NAME_value(names, i));
		if (text != NULL && n-- == 0)
			break;
		free(text);
		text = NULL;
	}
	GENERAL_NAMES_free(names);
	return text;
}
