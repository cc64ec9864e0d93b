/*
 * Encrypts records of TLS as RFC 5246, 5288, 7905 and 8446 have it, apart from
 * what OpenSSL does for a connection.
 * SPDX-License-Identifier: MIT
 */
#ifndef TLS_SEAL_H
#define TLS_SEAL_H

#include <openssl/evp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum {
	SEAL_HEAD = 5,
	SEAL_TAG = 16,
	SEAL_NONCE = 12,
	SEAL_EXPLICIT = 8,
	SEAL_MOST = 16384,          /* bytes in a record */
	SEAL_ROOM = SEAL_MOST + 64, /* of an encrypted one */
	SEAL_AAD = 8 + SEAL_HEAD
};

struct tls_sealer {
	EVP_CIPHER_CTX *cipher;
	bool is_tls_1_3;
	bool has_explicit;                 /* TLS 1.2 with GCM */
	unsigned char iv[SEAL_NONCE];      /* or a salt of 4 bytes */
	unsigned char next[SEAL_EXPLICIT]; /* explicit nonce */
	uint64_t number;                   /* of the next record */
};

static inline void
seal_put_number(unsigned char to[8], uint64_t number)
{
	for (int i = 8; i-- > 0; number >>= 8)
		to[i] = (unsigned char)number;
}

static inline void
seal_make_nonce(const struct tls_sealer *s, unsigned char nonce[SEAL_NONCE])
{
	unsigned char number[8];

	memcpy(nonce, s->iv, SEAL_NONCE);
	if (s->has_explicit) {
		memcpy(nonce + 4, s->next, SEAL_EXPLICIT);
		return;
	}
	seal_put_number(number, s->number);
	for (int i = 0; i < 8; i++)
		nonce[4 + i] ^= number[i];
}

static inline void
seal_put_head(unsigned char *to, int type, size_t len)
{
	to[0] = (unsigned char)type;
	to[1] = to[2] = 3;
	to[3] = (unsigned char)(len >> 8);
	to[4] = (unsigned char)len;
}

/* The length of the additional data. */
static inline int
seal_make_aad(const struct tls_sealer *s, int type, size_t len,
	unsigned char aad[SEAL_AAD])
{
	if (s->is_tls_1_3) {
		seal_put_head(aad, 23, len + 1 + SEAL_TAG);
		return SEAL_HEAD;
	}
	seal_put_number(aad, s->number);
	seal_put_head(aad + 8, type, len);
	return SEAL_AAD;
}

static inline void
seal_step(struct tls_sealer *s)
{
	s->number++;
	for (int i = SEAL_EXPLICIT; i-- > 0;)
		if (++s->next[i] != 0)
			break;
}

/* Makes one record of at most SEAL_MOST bytes; returns its length. */
static inline size_t
seal_record(struct tls_sealer *s, int type, const void *bytes, size_t len,
	unsigned char to[SEAL_ROOM])
{
	unsigned char nonce[SEAL_NONCE], aad[SEAL_AAD];
	unsigned char inner = (unsigned char)type, *at = to + SEAL_HEAD;
	int n, aad_len = seal_make_aad(s, type, len, aad);

	seal_make_nonce(s, nonce);
	if (s->has_explicit) {
		memcpy(at, s->next, SEAL_EXPLICIT);
		at += SEAL_EXPLICIT;
	}
	EVP_EncryptInit_ex(s->cipher, NULL, NULL, NULL, nonce);
	EVP_EncryptUpdate(s->cipher, NULL, &n, aad, aad_len);
	EVP_EncryptUpdate(s->cipher, at, &n, bytes, (int)len);
	at += n;
	if (s->is_tls_1_3) {
		EVP_EncryptUpdate(s->cipher, at, &n, &inner, 1);
		at += n;
	}
	EVP_EncryptFinal_ex(s->cipher, at, &n);
	EVP_CIPHER_CTX_ctrl(s->cipher, EVP_CTRL_AEAD_GET_TAG, SEAL_TAG, at);
	at += SEAL_TAG;
	seal_put_head(
		to, s->is_tls_1_3 ? 23 : type, (size_t)(at - to) - SEAL_HEAD);
	seal_step(s);
	return (size_t)(at - to);
}

static inline void
seal_set_key(struct tls_sealer *s, const EVP_CIPHER *c, const void *key)
{
	s->cipher = EVP_CIPHER_CTX_new();
	EVP_EncryptInit_ex(s->cipher, c, NULL, key, NULL);
}

#endif
