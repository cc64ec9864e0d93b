/*
 * Which certificates answer for a server name: an exact name first, then a
 * wildcard for its first label (RFC 6125 6.4.3).
 * SPDX-License-Identifier: MIT
 */
#ifndef TLS_NAMES_H
#define TLS_NAMES_H

#include <stddef.h>

#include "common/span.h"

struct conf_certificate;
struct conf_certificates;

enum { TLS_KINDS = 4 }; /* of keys: RSA, ECDSA, Ed25519, Ed448 */

/* Certificates of the same name, one of each kind of key. */
struct tls_group {
	const struct conf_certificate *members[TLS_KINDS];
	size_t count;
};

struct tls_name {
	const char *text;
	size_t group;
};

struct tls_names {
	struct tls_name *names; /* sorted */
	size_t nnames;
	struct tls_group *groups; /* the first is the default */
	size_t ngroups;
};

/* The certificates must outlive the names. */
void tls_names_init(struct tls_names *, const struct conf_certificates *);
void tls_names_fini(struct tls_names *);

/* Returns the index of the group for a host, in any case of letters; -1: no
 * certificate has it. */
long tls_names_find(const struct tls_names *, struct span host);

#endif
