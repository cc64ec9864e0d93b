/*
 * A write never blocks here: tls.c gives as much as fits, and flushes.
 * SPDX-License-Identifier: MIT
 */
#include "tls/tls_bio.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "common/mem.h"

enum { MOST_KEPT = 4 * TLS_BIO_ROOM };

/* ---- sending ------------------------------------------------------------- */

/* Returns how many of the bytes the socket has taken. */
static size_t
send_bytes(struct tls_bio *b, const char *bytes, size_t len)
{
	size_t done = 0;
	ssize_t n;

	while (done < len && b->error == 0) {
		n = send(b->fd, bytes + done, len - done, MSG_NOSIGNAL);
		if (n >= 0)
			done += (size_t)n;
		else if (errno == EAGAIN || errno == EWOULDBLOCK)
			break;
		else if (errno != EINTR)
			b->error = errno;
	}
	return done;
}

static void
drop_kept(struct tls_bio *b)
{
	free(b->kept);
	b->kept = NULL;
	b->kept_len = b->kept_at = 0;
}

/* A client that makes OpenSSL send alerts, and reads none, fills no memory. */
static void
keep_bytes(struct tls_bio *b, const char *bytes, size_t len)
{
	char *all;

	if (b->kept_len - b->kept_at + len > MOST_KEPT) {
		b->error = ENOBUFS;
		return;
	}
	all = mem_alloc(b->kept_len - b->kept_at + len);
	if (b->kept != NULL)
		memcpy(all, b->kept + b->kept_at, b->kept_len - b->kept_at);
	memcpy(all + b->kept_len - b->kept_at, bytes, len);
	free(b->kept);
	b->kept = all;
	b->kept_len += len - b->kept_at;
	b->kept_at = 0;
}

enum output_result
tls_bio_flush(struct tls_bio *b)
{
	struct tls_bio_buffer *buffer = b->buffer;
	size_t n;

	if (b->kept != NULL) {
		b->kept_at += send_bytes(
			b, b->kept + b->kept_at, b->kept_len - b->kept_at);
		if (b->kept_at == b->kept_len)
			drop_kept(b);
	}
	n = b->kept == NULL ? send_bytes(b, buffer->bytes, buffer->len) : 0;
	if (n < buffer->len && b->error == 0)
		keep_bytes(b, buffer->bytes + n, buffer->len - n);
	buffer->len = 0;
	if (b->error != 0) {
		errno = b->error;
		return OUTPUT_FAILED;
	}
	return b->kept == NULL ? OUTPUT_SENT : OUTPUT_BLOCKED;
}

bool
tls_bio_has_kept(const struct tls_bio *b)
{
	return b->kept != NULL;
}

size_t
tls_bio_left(const struct tls_bio *b)
{
	return b->kept_len - b->kept_at;
}

void
tls_bio_fini(struct tls_bio *b)
{
	drop_kept(b);
	tls_write_key_wipe(&b->key);
}

/* ---- called by OpenSSL --------------------------------------------------- */

static void
send_single(struct tls_bio *b, const char *bytes, size_t len)
{
	size_t n = send_bytes(b, bytes, len);

	if (n < len && b->error == 0)
		keep_bytes(b, bytes + n, len - n);
}

static int
write_bio(BIO *bio, const char *bytes, int len)
{
	struct tls_bio *b = BIO_get_data(bio);
	struct tls_bio_buffer *buffer = b->buffer;

	BIO_clear_retry_flags(bio);
	if (len <= 0)
		return 0;
	if (b->is_kernel)
		return len;
	if (!b->key.is_off)
		tls_write_key_note_bytes(
			&b->key, (const unsigned char *)bytes, (size_t)len);
	if (b->is_single && buffer->len == 0 && b->kept == NULL) {
		send_single(b, bytes, (size_t)len);
		return len;
	}
	if (TLS_BIO_ROOM - buffer->len < (size_t)len)
		tls_bio_flush(b);
	if (TLS_BIO_ROOM - buffer->len < (size_t)len) {
		keep_bytes(b, bytes, (size_t)len);
		return len;
	}
	memcpy(buffer->bytes + buffer->len, bytes, (size_t)len);
	buffer->len += (size_t)len;
	return len;
}

static int
read_bio(BIO *bio, char *to, int size)
{
	struct tls_bio *b = BIO_get_data(bio);
	ssize_t n = recv(b->fd, to, (size_t)size, 0);

	BIO_clear_retry_flags(bio);
	if (n == -1 &&
		(errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
		BIO_set_retry_read(bio);
	if (n == 0)
		BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
	return (int)n;
}

static long
control_bio(BIO *bio, int command, long number, void *arg)
{
	(void)number, (void)arg;
	switch (command) {
	case BIO_CTRL_FLUSH:
	case BIO_CTRL_DUP:
		return 1;
	case BIO_CTRL_EOF:
		return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0;
	default:
		return 0;
	}
}

static int
create_bio(BIO *bio)
{
	BIO_set_init(bio, 1);
	return 1;
}

BIO_METHOD *
tls_bio_method(void)
{
	BIO_METHOD *m = BIO_meth_new(
		BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "worker");

	if (m == NULL)
		return NULL;
	BIO_meth_set_write(m, write_bio);
	BIO_meth_set_read(m, read_bio);
	BIO_meth_set_ctrl(m, control_bio);
	BIO_meth_set_create(m, create_bio);
	return m;
}

BIO *
tls_bio_new(const BIO_METHOD *method, struct tls_bio *b)
{
	BIO *bio = BIO_new(method);

	if (bio != NULL)
		BIO_set_data(bio, b);
	return bio;
}
