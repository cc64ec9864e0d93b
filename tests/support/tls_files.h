/*
 * Certificates for a server with TLS and for its clients, in its directory.
 * SPDX-License-Identifier: MIT
 */
#ifndef TLS_FILES_H
#define TLS_FILES_H

#include "support/server.h"
#include "support/test_certificate.h"

/* The members' serial numbers, as tls_client_serial() tells them. */
enum {
	TLS_SITE = 1, /* localhost, ECDSA: $DIR/site.crt, site.key */
	TLS_RSA,      /* localhost, RSA: rsa.crt, rsa.key */
	TLS_ALT,      /* alt.example: alt.crt, alt.key */
	TLS_WILD,     /* *.wild.example: wild.crt, wild.key */
	TLS_RENEWED,  /* localhost: written by tls_files_renew() */
};

struct tls_files {
	struct test_certificate ca;    /* of the servers' */
	struct test_certificate inter; /* between it and them */
	struct test_certificate site, rsa, alt, wild;
	struct test_certificate client_ca; /* $DIR/clients.pem */
	struct test_certificate client, expired, revoked;
	struct test_certificate stranger; /* of another CA */
};

/* Makes and writes all of them, and $DIR/clients.crl with `revoked`. */
void tls_files_make(struct tls_files *, struct server *);
void tls_files_free(struct tls_files *);

/* Another certificate and key under these names, in place of the first. */
void tls_files_renew(
	struct tls_files *, struct server *, long serial, const char *name);

/* Addresses: $PORT is plain, $TLS has "tls" with these members. */
#define TLS_CONF_WITH(members, more)                                           \
	"{\"workers\": 2, \"control\": \"control\","                           \
	"\"listen\": [\"127.0.0.1:$PORT\", {\"address\": \"127.0.0.1:$TLS\","  \
	"\"tls\": {" members "}}],"                                            \
	"\"log\": {\"access\": {\"path\": \"$DIR/access.log\","                \
	"\"format\": \"json\"}, \"error\": {\"level\": \"info\"}},"            \
	"\"sites\": [{\"routes\": ["                                           \
	"{\"path\": \"/live/*\", \"module\": \"" MODULES "/live.so\"},"        \
	"{\"path\": \"/*\", \"root\": \"$ROOT\"}]}]," more "}"

#define TLS_PAIR(name)                                                         \
	"{\"chain\": \"$DIR/" name ".crt\", \"key\": \"$DIR/" name ".key\"}"
#define TLS_SITE_ONLY "\"certificates\": [" TLS_PAIR("site") "]"
#define TLS_ALL                                                                \
	"\"certificates\": [" TLS_PAIR("site") "," TLS_PAIR(                   \
		"rsa") "," TLS_PAIR("alt") "," TLS_PAIR("wild") "]"
#define TLS_TIMEOUTS "\"timeouts\": {\"drain_delay\": \"0s\"}"
#define TLS_CONF     TLS_CONF_WITH(TLS_ALL, TLS_TIMEOUTS)

/* Makes a server with files and certificates, and starts it. */
void tls_files_serve(struct tls_files *, struct server *, const char *conf);

#endif
