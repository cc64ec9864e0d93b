/*
 * SPDX-License-Identifier: MIT
 */
#ifdef HAVE_OPENSSL

#include "config/certificate_facts.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <openssl/ec.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "config/read.h"

const char *
certificate_subject(const X509 *x, char text[CERTIFICATE_SUBJECT])
{
	X509_NAME_oneline(X509_get_subject_name(x), text, CERTIFICATE_SUBJECT);
	return text;
}

int64_t
certificate_seconds(const ASN1_TIME *time)
{
	struct tm tm;

	if (time == NULL || ASN1_TIME_to_tm(time, &tm) != 1)
		return 0;
	return timegm(&tm);
}

static bool
is_dns_name(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)text[i]) &&
			strchr("-._*", text[i]) == NULL)
			return false;
	return len > 0 && len < 256 && memchr(text, '\0', len) == NULL;
}

/* Returns the name in lower case, or NULL if it is of a kind that no client
 * compares with a host. */
static const char *
name_text(struct reader *r, const GENERAL_NAME *name)
{
	int kind, len;
	const ASN1_STRING *s = GENERAL_NAME_get0_value(name, &kind);
	char address[INET6_ADDRSTRLEN], *text;

	if (kind != GEN_DNS && kind != GEN_IPADD)
		return NULL;
	len = ASN1_STRING_length(s);
	if (kind == GEN_IPADD)
		return (len == 4 || len == 16) &&
				       inet_ntop(len == 4 ? AF_INET : AF_INET6,
					       ASN1_STRING_get0_data(s),
					       address, sizeof(address)) != NULL
			       ? reader_keep(r, address)
			       : NULL;
	if (!is_dns_name((const char *)ASN1_STRING_get0_data(s), (size_t)len))
		return NULL;
	text = reader_alloc(r, (size_t)len + 1, 1);
	for (int i = 0; i < len; i++)
		text[i] = (char)tolower(ASN1_STRING_get0_data(s)[i]);
	return text;
}

void
certificate_read_names(struct reader *r, struct conf_certificate *c,
	const GENERAL_NAMES *names)
{
	int n = names == NULL ? 0 : sk_GENERAL_NAME_num(names);
	const char **all = reader_alloc(r, (size_t)n + 1, sizeof(*all)), *one;
	size_t kept = 0;

	for (int i = 0; i < n; i++) {
		one = name_text(r, sk_GENERAL_NAME_value(names, i));
		if (one != NULL)
			all[kept++] = one;
	}
	c->names = all;
	if (kept == 0)
		reader_report(r, JSON_POSITION_VALUE,
			"%s names no host: its subjectAltName is "
			"empty, and clients ignore the common name; get one "
			"with names",
			c->chain_path);
}

const char *
certificate_key_kind(struct reader *r, const EVP_PKEY *key)
{
	char group[64] = "";
	const char *nist;

	switch (EVP_PKEY_get_base_id(key)) {
	case EVP_PKEY_RSA:
	case EVP_PKEY_RSA_PSS:
		return arena_printf(r->arena, "RSA %d", EVP_PKEY_get_bits(key))
			.at;
	case EVP_PKEY_EC:
		EVP_PKEY_get_group_name(key, group, sizeof(group), NULL);
		nist = EC_curve_nid2nist(OBJ_txt2nid(group));
		return arena_printf(
			r->arena, "ECDSA %s", nist != NULL ? nist : group)
			.at;
	case EVP_PKEY_ED25519:
		return "Ed25519";
	case EVP_PKEY_ED448:
		return "Ed448";
	}
	return NULL;
}

#endif
