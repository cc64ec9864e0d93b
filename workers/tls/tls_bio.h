/*
 * Between OpenSSL and a socket: records that are written in one call leave the
 * worker with one send(2).
 * SPDX-License-Identifier: MIT
 */
#ifndef TLS_BIO_H
#define TLS_BIO_H

#include <openssl/bio.h>
#include <stdbool.h>
#include <stddef.h>

#include "file/output.h"
#include "tls/tls_write_key.h"

enum { TLS_BIO_ROOM = 80 * 1024 /* bytes: more than four whole records */ };

/* Of a worker: holds bytes only while a function of tls.c runs. */
struct tls_bio_buffer {
	size_t len;
	char bytes[TLS_BIO_ROOM];
};

/* Of a connection. */
struct tls_bio {
	int fd;
	struct tls_bio_buffer *buffer;
	char *kept; /* what the socket did not take; malloc(3), or NULL */
	size_t kept_len, kept_at;
	int error;      /* of send(2); 0: none */
	bool is_kernel; /* the kernel makes the records, and what OpenSSL
			   writes is dropped */
	bool is_single; /* the next record is not followed by another one: it
			   is sent from OpenSSL's memory */
	struct tls_write_key key;
};

/* The functions of it, for BIO_new(3); NULL: no memory. */
BIO_METHOD *tls_bio_method(void);

/* The BIO for this connection, which must live as long; NULL: no memory. */
BIO *tls_bio_new(const BIO_METHOD *, struct tls_bio *);

/*
 * Sends what was written.  Must be called before another connection writes:
 * what the socket does not take is kept by the connection.  OUTPUT_SENT,
 * OUTPUT_BLOCKED, or OUTPUT_FAILED with errno.
 */
enum output_result tls_bio_flush(struct tls_bio *);

/* Bytes wait for the socket; so many. */
bool tls_bio_has_kept(const struct tls_bio *);
size_t tls_bio_left(const struct tls_bio *);

void tls_bio_fini(struct tls_bio *);

#endif
