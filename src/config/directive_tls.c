/*
 * The tables of an address to listen on, innermost first.
 * SPDX-License-Identifier: MIT
 */
#include "common/conf.h"
#include "config/directive_row.h"
#include "config/validate.h"
#include "config/validate_tls.h"

enum { CERTIFICATES_MAX = 1024, NAMES_MAX = 8 };

static const char *const version_words[] = {
	[CONF_TLS_1_2] = "1.2",
	[CONF_TLS_1_3] = "1.3",
	NULL,
};
static const char *const unknown_words[] = {
	[CONF_UNKNOWN_DEFAULT] = "default",
	[CONF_UNKNOWN_REFUSE] = "refuse",
	NULL,
};
static const char *const ktls_words[] = {
	[CONF_KTLS_AUTO] = "auto",
	[CONF_KTLS_OFF] = "off",
	NULL,
};
static const char *const verify_words[] = {
	[CONF_VERIFY_REQUIRE] = "require",
	[CONF_VERIFY_ACCEPT] = "accept",
	NULL,
};
static const char *const backlog_words[] = { "auto", NULL };
static const char *const accept_words[] = {
	[CONF_ACCEPT_WORKER] = "worker",
	[CONF_ACCEPT_SHARED] = "shared",
	NULL,
};
static const char *const proxy_words[] = {
	[CONF_PROXY_OFF] = "off",
	[CONF_PROXY_REQUIRED] = "required",
	[CONF_PROXY_OPTIONAL] = "optional",
	NULL,
};

static const char *const protocol_words[] = {
	[CONF_HTTP_1] = "http/1.1",
	[CONF_HTTP_2] = "h2",
	NULL,
};

// clang-format off

/* ---- TLS ----------------------------------------------------------------- */

static const struct directive certificate_rows[] = {
	{ "chain", DIRECTIVE_PATH, DIRECTIVE_REQUIRED,
	  AT(conf_certificate, chain_path), .rule = validate_text,
	  .help = "file with the server's certificate and the intermediate "
		  "ones behind it, in PEM" },
	{ "key", DIRECTIVE_PATH, DIRECTIVE_REQUIRED,
	  AT(conf_certificate, key_path), .rule = validate_text,
	  .help = "file with the private key, in PEM; only the master reads "
		  "it" },
};

static const struct directive_table certificate_table = {
	ROWS(certificate_rows), validate_certificate,
};

static const struct directive client_rows[] = {
	{ "ca", DIRECTIVE_PATH, DIRECTIVE_REQUIRED,
	  AT(conf_tls_client, ca_path), .rule = validate_text,
	  .help = "file with the certificates of the CAs whose clients are "
		  "let in, in PEM" },
	{ "crl", DIRECTIVE_PATH, 0, AT(conf_tls_client, crl_path),
	  .rule = validate_text,
	  .help = "file with their certificate revocation lists, in PEM" },
	{ "verify", DIRECTIVE_ENUM, 0, AT(conf_tls_client, verify),
	  JSON("require"), .words = verify_words,
	  .help = "\"require\" a certificate, or \"accept\" clients without "
		  "one as well" },
};

static const struct directive_table client_table = {
	ROWS(client_rows), validate_tls_client,
};

static const struct directive tls_rows[] = {
	{ "certificates", DIRECTIVE_CERTIFICATES, DIRECTIVE_REQUIRED,
	  AT(conf_tls, certificates), BETWEEN(1, CERTIFICATES_MAX),
	  .inner = &certificate_table,
	  .help = "certificates and keys; the client's server name chooses, "
		  "the first is the default" },
	{ "min_version", DIRECTIVE_ENUM, 0, AT(conf_tls, min_version),
	  JSON("1.2"), .words = version_words,
	  .help = "oldest version of TLS" },
	{ "ciphers", DIRECTIVE_STRING, 0, AT(conf_tls, ciphers),
	  JSON("TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_256_GCM_SHA384:ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384"),
	  .rule = validate_text,
	  .help = "cipher suites by their names in OpenSSL, separated by ':', "
		  "the preferred one first" },
	{ "groups", DIRECTIVE_STRING, 0, AT(conf_tls, groups),
	  JSON("X25519:P-256:P-384"), .rule = validate_text,
	  .help = "groups for the key exchange, separated by ':'" },
	{ "unknown_name", DIRECTIVE_ENUM, 0, AT(conf_tls, unknown_name),
	  JSON("default"), .words = unknown_words,
	  .help = "for a server name that no certificate has: the "
		  "\"default\" certificate, or \"refuse\" the client" },
	{ "ticket_keys", DIRECTIVE_PATH, 0, AT(conf_tls, ticket_keys_path),
	  .rule = validate_text,
	  .help = "file with keys for session tickets that several servers "
		  "share, the first encrypts; default: keys of its own" },
	{ "ktls", DIRECTIVE_ENUM, 0, AT(conf_tls, ktls), JSON("auto"),
	  .words = ktls_words,
	  .help = "\"auto\": the kernel encrypts long files where it can; "
		  "\"off\": never" },
	{ "client", DIRECTIVE_TLS_CLIENT, 0, AT(conf_tls, client),
	  .inner = &client_table,
	  .help = "certificates of clients" },
};

static const struct directive_table tls_table = {
	ROWS(tls_rows), validate_tls,
};

/* ---- an address ---------------------------------------------------------- */

static const struct directive listen_rows[] = {
	{ "address", DIRECTIVE_STRING, DIRECTIVE_REQUIRED,
	  AT(conf_listen, text), .rule = validate_text,
	  .help = "\"HOST:PORT\", \"[IPV6]:PORT\", \"*:PORT\", "
		  "\"unix:PATH\" or \"systemd:NAME\"" },
	{ "accept", DIRECTIVE_ENUM, 0, AT(conf_listen, accept), JSON("worker"),
	  .words = accept_words,
	  .help = "\"worker\": one socket per worker; \"shared\": one for "
		  "all workers" },
	{ "backlog", DIRECTIVE_INTEGER, 0, AT(conf_listen, backlog),
	  JSON("auto"), BETWEEN(1, 1000000), .words = backlog_words,
	  .help = "connections that the kernel queues for each socket; "
		  "\"auto\": 4096, or as systemd has set it" },
	{ "proxy_protocol", DIRECTIVE_ENUM, 0,
	  AT(conf_listen, proxy_protocol), JSON("off"), .words = proxy_words,
	  .help = "whether trusted balancers send a PROXY header first: "
		  "\"required\", \"optional\" or \"off\"" },
	{ "protocols", DIRECTIVE_WORDS, DIRECTIVE_BUILT,
	  AT(conf_listen, protocols), .words = protocol_words,
	  BETWEEN(1, NAMES_MAX),
	  .help = "protocols spoken there; with TLS the client chooses" },
	{ "tls", DIRECTIVE_TLS, 0, AT(conf_listen, tls), .inner = &tls_table,
	  .help = "TLS: certificates and what is asked of clients" },
};

const struct directive_table directive_listen = {
	ROWS(listen_rows), validate_listen,
};

// clang-format on
