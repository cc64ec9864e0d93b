/*
 * What the certificate of a client says, as text.
 * SPDX-License-Identifier: MIT
 */
#ifndef TLS_PEER_H
#define TLS_PEER_H

#include <openssl/x509.h>

enum { TLS_PEER_SHA256 = 65 /* bytes, with the NUL */ };

/* The subject in the form of RFC 4514; for free(3), or NULL: no memory. */
char *tls_peer_subject(X509 *);

/* The SHA-256 of the certificate in DER, as hexadecimal digits. */
void tls_peer_sha256(X509 *, char to[TLS_PEER_SHA256]);

/*
 * The n-th name of its subjectAltName, counted from 0: "DNS:a.example",
 * "URI:spiffe://a.example/b", "email:a@b.example" or "IP:192.0.2.1"; names of
 * other kinds are left out.  For free(3); NULL: there are fewer.
 */
char *tls_peer_name(X509 *, unsigned n);

#endif
