/*
 * TLS 1.3: the secret of the key log -> HKDF-Expand-Label -> key and IV.
 * TLS 1.2: the master secret of the session -> PRF -> key block.
 * SPDX-License-Identifier: MIT
 */
#include "tls/tls_write_key.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <string.h>

enum {
	RECORD_HEAD = 5,
	SALT = 4, /* RFC 5288 3: the part of a nonce that is not sent */
	LABEL = 64,
};

/* ---- while OpenSSL sends ------------------------------------------------- */

/* "SERVER_TRAFFIC_SECRET_0 <client random> <secret>", in hexadecimal digits. */
void
tls_write_key_note_line(struct tls_write_key *k, const char *line)
{
	static const char name[] = "SERVER_TRAFFIC_SECRET_0 ";
	const char *secret;
	size_t len;

	if (strncmp(line, name, sizeof(name) - 1) != 0)
		return;
	secret = strchr(line + sizeof(name) - 1, ' ');
	if (secret == NULL || OPENSSL_hexstr2buf_ex(k->secret, TLS_SECRET, &len,
				      secret + 1, '\0') != 1) {
		ERR_clear_error();
		k->is_off = true;
		return;
	}
	k->secret_len = (uint8_t)len;
	k->records = 0;
}

/* In TLS 1.2 ChangeCipherSpec is the last record before the key. */
void
tls_write_key_note_message(
	struct tls_write_key *k, int type, const unsigned char *bytes)
{
	if (type == SSL3_RT_HANDSHAKE && bytes[0] == SSL3_MT_KEY_UPDATE)
		k->is_off = true;
	else if (type == SSL3_RT_HEADER)
		k->records = bytes[0] == SSL3_RT_CHANGE_CIPHER_SPEC
				     ? 0
				     : k->records + 1;
}

void
tls_write_key_note_bytes(
	struct tls_write_key *k, const unsigned char *bytes, size_t len)
{
	k->has_nonce = len >= RECORD_HEAD + sizeof(k->nonce) &&
		       len == RECORD_HEAD + ((size_t)bytes[3] << 8 | bytes[4]);
	if (k->has_nonce)
		memcpy(k->nonce, bytes + RECORD_HEAD, sizeof(k->nonce));
}

/* ---- key derivation ------------------------------------------------------ */

static OSSL_PARAM
bytes_param(const char *name, const void *bytes, size_t len)
{
	return OSSL_PARAM_construct_octet_string(
		name, (void *)(uintptr_t)bytes, len);
}

static bool
run_kdf(const char *name, const OSSL_PARAM *params, unsigned char *to,
	size_t len)
{
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, name, NULL);
	EVP_KDF_CTX *ctx = kdf == NULL ? NULL : EVP_KDF_CTX_new(kdf);
	bool is_done = ctx != NULL && EVP_KDF_derive(ctx, to, len, params) == 1;

	EVP_KDF_CTX_free(ctx);
	EVP_KDF_free(kdf);
	return is_done;
}

/* RFC 8446 7.1: HKDF-Expand-Label(secret, label, "", len). */
static bool
expand_label(const struct tls_write_key *k, const EVP_MD *md, const char *label,
	unsigned char *to, size_t len)
{
	static const char prefix[] = "tls13 ";
	size_t label_len = sizeof(prefix) - 1 + strlen(label);
	int mode = EVP_KDF_HKDF_MODE_EXPAND_ONLY;
	unsigned char info[LABEL] = { 0, (unsigned char)len,
		(unsigned char)label_len };
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_int(OSSL_KDF_PARAM_MODE, &mode),
		OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST,
			(char *)(uintptr_t)EVP_MD_get0_name(md), 0),
		bytes_param(OSSL_KDF_PARAM_KEY, k->secret, k->secret_len),
		bytes_param(OSSL_KDF_PARAM_INFO, info, 3 + label_len + 1),
		OSSL_PARAM_construct_end(),
	};

	memcpy(info + 3, prefix, sizeof(prefix) - 1);
	memcpy(info + 3 + sizeof(prefix) - 1, label, strlen(label));
	return run_kdf("HKDF", params, to, len);
}

static bool
derive_1_3(const struct tls_write_key *k, const EVP_MD *md,
	struct tls_write_state *s)
{
	return (int)k->secret_len == EVP_MD_get_size(md) &&
	       expand_label(k, md, "key", s->key, s->key_len) &&
	       expand_label(k, md, "iv", s->iv, TLS_IV);
}

/* RFC 5246 6.3: the client's key, ours, the client's IV, ours. */
static bool
derive_1_2(SSL *ssl, const EVP_MD *md, size_t iv_len, struct tls_write_state *s)
{
	static const char label[] = "key expansion";
	unsigned char secret[SSL_MAX_MASTER_KEY_LENGTH];
	unsigned char block[2 * (TLS_KEY + TLS_IV)];
	unsigned char seed[sizeof(label) - 1 + 2 * (size_t)SSL3_RANDOM_SIZE];
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST,
			(char *)(uintptr_t)EVP_MD_get0_name(md), 0),
		bytes_param(OSSL_KDF_PARAM_SECRET, secret,
			SSL_SESSION_get_master_key(
				SSL_get_session(ssl), secret, sizeof(secret))),
		bytes_param(OSSL_KDF_PARAM_SEED, seed, sizeof(seed)),
		OSSL_PARAM_construct_end(),
	};
	bool is_done;

	memcpy(seed, label, sizeof(label) - 1);
	SSL_get_server_random(ssl, seed + sizeof(label) - 1, SSL3_RANDOM_SIZE);
	SSL_get_client_random(
		ssl, seed + sizeof(seed) - SSL3_RANDOM_SIZE, SSL3_RANDOM_SIZE);
	is_done = run_kdf("TLS1-PRF", params, block, 2 * (s->key_len + iv_len));
	if (is_done) {
		memcpy(s->key, block + s->key_len, s->key_len);
		memcpy(s->iv, block + 2 * s->key_len + iv_len, iv_len);
	}
	OPENSSL_cleanse(secret, sizeof(secret));
	OPENSSL_cleanse(block, sizeof(block));
	return is_done;
}

/* OpenSSL counts the explicit nonces up from one that it has drawn: the next is
 * the last plus 1, so that none is used twice (RFC 5288 3). */
static void
take_next_nonce(const struct tls_write_key *k, struct tls_write_state *s)
{
	memcpy(s->nonce, k->nonce, sizeof(s->nonce));
	for (size_t i = sizeof(s->nonce); i-- > 0;)
		if (++s->nonce[i] != 0)
			break;
}

static size_t
key_length(int cipher)
{
	switch (cipher) {
	case NID_aes_128_gcm:
		return 16;
	case NID_aes_256_gcm:
	case NID_chacha20_poly1305:
		return 32;
	default:
		return 0;
	}
}

/* RFC 6066 4: the client takes no longer records than it has asked for. */
static bool
wants_short_records(const SSL *ssl)
{
	int mode = SSL_SESSION_get_max_fragment_length(SSL_get_session(ssl));

	return mode >= TLSEXT_max_fragment_length_512 &&
	       mode <= TLSEXT_max_fragment_length_4096;
}

bool
tls_write_key_derive(
	const struct tls_write_key *k, SSL *ssl, struct tls_write_state *s)
{
	const SSL_CIPHER *cipher = SSL_get_current_cipher(ssl);
	const EVP_MD *md = SSL_CIPHER_get_handshake_digest(cipher);
	bool is_gcm, is_done;

	*s = (struct tls_write_state){
		.is_tls_1_3 = SSL_version(ssl) == TLS1_3_VERSION,
		.cipher = SSL_CIPHER_get_cipher_nid(cipher),
		.number = k->records,
	};
	s->key_len = key_length(s->cipher);
	is_gcm = s->cipher != NID_chacha20_poly1305;
	/* OpenSSL answers a KeyUpdate before it sends the next record. */
	if (k->is_off || SSL_get_key_update_type(ssl) != SSL_KEY_UPDATE_NONE)
		return false;
	if (md == NULL || s->key_len == 0 || wants_short_records(ssl))
		return false;
	if (!s->is_tls_1_3 && is_gcm && !k->has_nonce)
		return false;
	take_next_nonce(k, s);
	is_done = s->is_tls_1_3
			  ? derive_1_3(k, md, s)
			  : derive_1_2(ssl, md, is_gcm ? SALT : TLS_IV, s);
	ERR_clear_error();
	return is_done;
}

void
tls_write_key_wipe(struct tls_write_key *k)
{
	OPENSSL_cleanse(k->secret, sizeof(k->secret));
}
