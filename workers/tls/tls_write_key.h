/*
 * The key that OpenSSL sends with, for a sender that takes its place.
 * SPDX-License-Identifier: MIT
 */
#ifndef TLS_WRITE_KEY_H
#define TLS_WRITE_KEY_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	TLS_SECRET = 48,       /* bytes, at most: a digest of SHA-384 */
	TLS_KEY = 32,          /* at most */
	TLS_IV = 12,           /* RFC 8446 5.3; TLS 1.2 with GCM has 4 */
	TLS_EXPLICIT_NONCE = 8 /* RFC 5288 3 */
};

/* What is noted of a connection while OpenSSL sends. */
struct tls_write_key {
	uint64_t records; /* sent with the present key */
	unsigned char
		secret[TLS_SECRET]; /* TLS 1.3: the first of the traffic */
	unsigned char nonce[TLS_EXPLICIT_NONCE]; /* of the last record */
	uint8_t secret_len;
	bool has_nonce;
	bool is_off; /* no other sender may go on, or not any more */
};

/* For the next record. */
struct tls_write_state {
	bool is_tls_1_3;
	int cipher; /* NID_aes_128_gcm, NID_aes_256_gcm, NID_chacha20_poly1305
		     */
	size_t key_len;
	unsigned char key[TLS_KEY];
	unsigned char iv[TLS_IV];
	unsigned char nonce[TLS_EXPLICIT_NONCE]; /* TLS 1.2 with GCM */
	uint64_t number;
};

/* A line of SSL_CTX_set_keylog_callback(3). */
void tls_write_key_note_line(struct tls_write_key *, const char *line);

/* What OpenSSL tells SSL_set_msg_callback(3) of that it sends: heads of records
 * are counted, and after a KeyUpdate the key is not known any more. */
void tls_write_key_note_message(
	struct tls_write_key *, int type, const unsigned char *bytes);

/* It has given these bytes to its BIO: one whole record, unless it is still in
 * the handshake. */
void tls_write_key_note_bytes(
	struct tls_write_key *, const unsigned char *bytes, size_t len);

/*
 * Computes what another sender needs for the next record; the caller wipes it.
 * Returns false where that is not possible: a key that has changed, another
 * cipher, a client that asks for short records, or none of the records of TLS
 * 1.2 was seen yet.
 */
bool tls_write_key_derive(
	const struct tls_write_key *, SSL *, struct tls_write_state *);

void tls_write_key_wipe(struct tls_write_key *);

#endif
