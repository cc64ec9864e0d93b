/*
 * An address with TLS: one SSL_CTX for each group of certificates
 * (tls_names.c), and what the handshake asks: a name, a protocol, a ticket.
 * SPDX-License-Identifier: MIT
 */
#include "tls/tls_context.h"

#include <assert.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/mem.h"
#include "tls/tls_pem.h"

enum { TICKET_IV = 16 };

/* ---- callbacks ----------------------------------------------------------- */

/* Chooses the certificates by the name that the client asks for. */
static int
on_server_name(SSL *ssl, int *alert, void *arg)
{
	const struct tls_address *a = arg;
	const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
	long group;

	if (name == NULL)
		return SSL_TLSEXT_ERR_NOACK;
	group = tls_names_find(&a->names, span_of(name));
	if (group != -1) {
		SSL_set_SSL_CTX(ssl, a->contexts[group]);
		return SSL_TLSEXT_ERR_OK;
	}
	if (a->listen->tls->unknown_name == CONF_UNKNOWN_DEFAULT)
		return SSL_TLSEXT_ERR_NOACK;
	*alert = SSL_AD_UNRECOGNIZED_NAME;
	return SSL_TLSEXT_ERR_ALERT_FATAL;
}

/* RFC 7301 3.2: no protocol in common is alert 120. */
static int
on_protocols(SSL *ssl, const unsigned char **chosen, unsigned char *len,
	const unsigned char *offered, unsigned noffered, void *arg)
{
	static const unsigned char names[] = "\x02h2\x08http/1.1";
	const struct tls_address *a = arg;
	const unsigned char *ours = names;
	unsigned nours = sizeof(names) - 1;

	(void)ssl;
	if (!(a->listen->protocols & 1u << CONF_HTTP_2)) {
		ours += 3;
		nours -= 3;
	} else if (!(a->listen->protocols & 1u << CONF_HTTP_1)) {
		nours = 3;
	}
	if (SSL_select_next_proto((unsigned char **)(uintptr_t)chosen, len,
		    ours, nours, offered, noffered) != OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	return SSL_TLSEXT_ERR_OK;
}

static bool
set_mac(EVP_MAC_CTX *mac, const struct tls_ticket_key *key)
{
	char digest[] = "SHA256";
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY,
			(void *)(uintptr_t)key->mac, sizeof(key->mac)),
		OSSL_PARAM_construct_utf8_string(
			OSSL_MAC_PARAM_DIGEST, digest, 0),
		OSSL_PARAM_construct_end(),
	};

	return EVP_MAC_CTX_set_params(mac, params) == 1;
}

/* The keys of a file, which is read anew with each configuration, or those that
 * are derived from the secret of the master. */
static const struct tls_ticket_key *
find_ticket_key(
	const struct tls_address *a, const unsigned char *name, bool is_new)
{
	struct tls_tickets *own = &a->server->tickets;
	struct span file = a->listen->tls->ticket_keys;
	const struct tls_ticket_key *keys = (const void *)file.at;

	_Static_assert(sizeof(*keys) == CONF_TICKET_KEY &&
			       _Alignof(struct tls_ticket_key) == 1,
		"a key of the file is one of ours");
	if (file.len == 0) {
		tls_tickets_advance(own, time(NULL));
		return is_new ? &own->current : tls_tickets_find(own, name);
	}
	if (is_new)
		return keys;
	for (size_t i = 0; i < file.len / sizeof(*keys); i++)
		if (memcmp(keys[i].name, name, TLS_TICKET_NAME) == 0)
			return &keys[i];
	return NULL;
}

/* The key log: the one way to the secret of TLS 1.3. */
static void
on_secret(const SSL *ssl, const char *line)
{
	struct tls_bio *b = BIO_get_data(SSL_get_rbio(ssl));

	tls_write_key_note_line(&b->key, line);
}

/* Results as in SSL_CTX_set_tlsext_ticket_key_evp_cb(3): 1: taken; 2: taken,
 * and the client needs a new one; 0: a full handshake. */
static int
on_ticket(SSL *ssl, unsigned char *name, unsigned char *iv, EVP_CIPHER_CTX *c,
	EVP_MAC_CTX *mac, int is_new)
{
	const struct tls_address *a = SSL_get_app_data(ssl);
	const struct tls_ticket_key *key =
		find_ticket_key(a, name, is_new != 0);
	int rc;

	if (key == NULL)
		return 0;
	if (is_new) {
		memcpy(name, key->name, sizeof(key->name));
		if (RAND_bytes(iv, TICKET_IV) != 1)
			return -1;
	}
	rc = EVP_CipherInit_ex(
		c, EVP_aes_256_cbc(), NULL, key->cipher, iv, is_new);
	if (rc != 1 || !set_mac(mac, key))
		return -1;
	/* A client of TLS 1.3 uses a ticket once (RFC 8446 C.4): it gets
	 * another one. */
	return key == find_ticket_key(a, NULL, true) &&
			       SSL_version(ssl) < TLS1_3_VERSION
		       ? 1
		       : 2;
}

/* ---- contexts ------------------------------------------------------------ */

static int
explain_failure(char *why, size_t size, size_t number, const char *what)
{
	unsigned long error = ERR_peek_last_error();

	snprintf(why, size, "listen[%zu].tls: %s%s%s", number, what,
		error == 0 ? "" : ": ",
		error == 0 ? "" : ERR_reason_error_string(error));
	ERR_clear_error();
	return -1;
}

static int
add_certificates(SSL_CTX *ctx, const struct tls_group *group)
{
	for (size_t i = 0; i < group->count; i++) {
		struct tls_pem p = { NULL, NULL, NULL };
		int rc = tls_pem_read(&p, group->members[i]);

		if (rc == 0 && SSL_CTX_use_cert_and_key(
				       ctx, p.leaf, p.key, p.rest, 0) != 1)
			rc = -1;
		tls_pem_fini(&p);
		if (rc == -1)
			return -1;
	}
	return 0;
}

/* Names that begin with "TLS_" are of TLS 1.3, the others of 1.2; a version of
 * which none is named keeps its default. */
static int
set_ciphers(SSL_CTX *ctx, const char *names)
{
	char *lists[2] = { mem_calloc(1, strlen(names) + 2),
		mem_calloc(1, strlen(names) + 2) };
	int rc = 1;
	size_t len;

	for (; *names != '\0'; names += len) {
		char *to = lists[strncmp(names, "TLS_", 4) == 0];

		len = strcspn(names, ":");
		if (*to != '\0')
			strcat(to, ":");
		strncat(to, names, len);
		len += names[len] == ':';
	}
	if (lists[0][0] != '\0')
		rc = SSL_CTX_set_cipher_list(ctx, lists[0]);
	if (rc == 1 && lists[1][0] != '\0')
		rc = SSL_CTX_set_ciphersuites(ctx, lists[1]);
	free(lists[0]);
	free(lists[1]);
	return rc == 1 ? 0 : -1;
}

static int
set_clients(SSL_CTX *ctx, const struct conf_tls_client *client)
{
	STACK_OF(X509_NAME) * names;
	X509_STORE *store;

	if (client == NULL)
		return 0;
	store = tls_pem_read_store(client, &names);
	if (store == NULL)
		return -1;
	SSL_CTX_set0_verify_cert_store(ctx, store);
	SSL_CTX_set_client_CA_list(ctx, names);
	SSL_CTX_set_verify(ctx,
		client->verify == CONF_VERIFY_REQUIRE
			? SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT
			: SSL_VERIFY_PEER,
		NULL);
	return 0;
}

static void
set_modes(SSL_CTX *ctx, struct tls_address *a)
{
	SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION |
					 SSL_OP_NO_COMPRESSION |
					 SSL_OP_CIPHER_SERVER_PREFERENCE |
					 SSL_OP_PRIORITIZE_CHACHA);
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS |
				      SSL_MODE_ENABLE_PARTIAL_WRITE |
				      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
				      SSL_MODE_NO_AUTO_CHAIN);
	/* A record without data ends the call: tls_recv() counts them. */
	SSL_CTX_clear_mode(ctx, SSL_MODE_AUTO_RETRY);
	SSL_CTX_set_read_ahead(ctx, 1);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_session_id_context(
		ctx, a->session_id, sizeof(a->session_id));
	SSL_CTX_set_timeout(ctx, TICKET_EPOCH_SECONDS);
	SSL_CTX_set_num_tickets(ctx, 1);
	SSL_CTX_set_tlsext_ticket_key_evp_cb(ctx, on_ticket);
	SSL_CTX_set_tlsext_servername_callback(ctx, on_server_name);
	SSL_CTX_set_tlsext_servername_arg(ctx, a);
	SSL_CTX_set_alpn_select_cb(ctx, on_protocols, a);
	if (a->uses_kernel)
		SSL_CTX_set_keylog_callback(ctx, on_secret);
}

static int
make_context(struct tls_address *a, size_t group, size_t number, char *why,
	size_t size)
{
	const struct conf_tls *tls = a->listen->tls;
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

	a->contexts[group] = ctx;
	if (ctx == NULL)
		return explain_failure(why, size, number, "no context");
	set_modes(ctx, a);
	if (SSL_CTX_set_min_proto_version(ctx, tls->min_version == CONF_TLS_1_3
						       ? TLS1_3_VERSION
						       : TLS1_2_VERSION) != 1)
		return explain_failure(why, size, number, "min_version");
	if (set_ciphers(ctx, tls->ciphers) == -1)
		return explain_failure(why, size, number, "ciphers");
	if (SSL_CTX_set1_groups_list(ctx, tls->groups) != 1)
		return explain_failure(why, size, number, "groups");
	if (set_clients(ctx, tls->client) == -1)
		return explain_failure(why, size, number, "client");
	if (add_certificates(ctx, &a->names.groups[group]) == -1)
		return explain_failure(why, size, number, "certificates");
	return 0;
}

/*
 * A session is resumed only at an address of the same text, unless its keys are
 * shared with other servers, and with the same demands on clients: no ticket
 * gets around a certificate.
 */
static void
set_session_id(struct tls_address *a)
{
	const struct conf_tls_client *client = a->listen->tls->client;
	EVP_MD_CTX *md = EVP_MD_CTX_new();

	assert(md != NULL);
	EVP_DigestInit_ex(md, EVP_sha256(), NULL);
	if (a->listen->tls->ticket_keys.len == 0)
		EVP_DigestUpdate(
			md, a->listen->text, strlen(a->listen->text) + 1);
	if (client != NULL) {
		EVP_DigestUpdate(md, &client->verify, sizeof(client->verify));
		EVP_DigestUpdate(md, client->ca.at, client->ca.len);
		EVP_DigestUpdate(md, client->crl.at, client->crl.len);
	}
	EVP_DigestFinal_ex(md, a->session_id, NULL);
	EVP_MD_CTX_free(md);
}

static bool
wants_kernel(const struct conf_listen *l)
{
	return l->tls != NULL && l->tls->ktls == CONF_KTLS_AUTO;
}

bool
tls_load_kernel(const struct conf *conf)
{
	for (size_t i = 0; i < conf->nlisten; i++)
		if (wants_kernel(&conf->listen[i]))
			return tls_kernel_load();
	return false;
}

static int
open_address(struct tls_address *a, size_t number, char *why, size_t size)
{
	const struct conf_tls *tls = a->listen->tls;

	if (tls == NULL)
		return 0;
	a->uses_kernel = a->server->kernel.is_there && wants_kernel(a->listen);
	tls_names_init(&a->names, &tls->certificates);
	a->contexts = mem_calloc(a->names.ngroups, sizeof(*a->contexts));
	set_session_id(a);
	for (size_t i = 0; i < a->names.ngroups; i++)
		if (make_context(a, i, number, why, size) == -1)
			return -1;
	return 0;
}

static void
close_addresses(struct tls_server *s)
{
	for (size_t i = 0; i < s->naddresses; i++) {
		struct tls_address *a = &s->addresses[i];

		for (size_t j = 0; a->contexts != NULL && j < a->names.ngroups;
			j++)
			SSL_CTX_free(a->contexts[j]);
		free(a->contexts);
		tls_names_fini(&a->names);
	}
	free(s->addresses);
}

int
tls_server_open(struct tls_server **server, const struct conf *conf,
	struct ticket_secret *secret, char *why, size_t size)
{
	struct tls_server *s;

	*server = NULL;
	if (!conf_has_tls(conf))
		return 0;
	assert(secret != NULL);
	s = *server = mem_calloc(1, sizeof(*s));
	tls_server_set_counters(s, &s->not_shown, &s->ktls_not_shown);
	s->method = tls_bio_method();
	assert(s->method != NULL);
	tls_tickets_init(&s->tickets, secret, time(NULL));
	explicit_bzero(secret, sizeof(*secret));
	s->kernel.is_there = tls_load_kernel(conf);
	s->addresses = mem_calloc(conf->nlisten, sizeof(*s->addresses));
	s->naddresses = conf->nlisten;
	for (size_t i = 0; i < conf->nlisten; i++) {
		s->addresses[i].server = s;
		s->addresses[i].listen = &conf->listen[i];
		if (open_address(&s->addresses[i], i, why, size) == -1)
			return -1;
	}
	return 0;
}

const char *
tls_server_explain(const struct tls_server *s)
{
	if (s == NULL)
		return NULL;
	for (size_t i = 0; i < s->naddresses; i++) {
		if (s->addresses[i].uses_kernel)
			return "tls: the kernel encrypts long files";
		if (wants_kernel(s->addresses[i].listen))
			return "tls: the kernel cannot encrypt long files: it "
			       "has no module tls (modprobe tls)";
	}
	return NULL;
}

void
tls_server_set_counters(struct tls_server *s, struct tls_counters *counters,
	struct ktls_counters *ktls)
{
	if (s == NULL)
		return;
	s->counters = counters;
	s->ktls = ktls;
}

void
tls_server_close(struct tls_server *s)
{
	if (s == NULL)
		return;
	close_addresses(s);
	tls_tickets_wipe(&s->tickets);
	BIO_meth_free(s->method);
	free(s);
}

struct tls_address *
tls_address_find(struct tls_server *s, size_t number)
{
	if (s == NULL || s->addresses[number].contexts == NULL)
		return NULL;
	return &s->addresses[number];
}
