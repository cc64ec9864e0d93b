/*
 * What a connection sends: output -> records -> socket.
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/ssl.h>

#include "tls/tls.h"
#include "tls/tls_context.h"

enum {
	SLICE = 1024 * 1024,      /* bytes of an output in one turn */
	KERNEL_LEAST = 256 * 1024 /* of a file, which pay for the change */
};

/*
 * Bytes stay at the front of the output until the socket has taken the records
 * that they are in, so that an output which is empty has left.  Of what is kept
 * at least as many bytes are left as there are bytes of records, or all.
 */
static enum output_result
flush_output(struct tls *t, struct output *o)
{
	enum output_result result = tls_bio_flush(&t->bio);
	size_t left = tls_bio_left(&t->bio);

	if (result == OUTPUT_FAILED) {
		tls_fail(t, "the client went away");
		errno = ECONNRESET;
		return OUTPUT_FAILED;
	}
	left = left < t->sealed ? left : t->sealed;
	output_advance(o, t->sealed - left);
	t->sealed = left;
	return result;
}

/* Makes records of the bytes, and sends them. */
static enum output_result
seal_bytes(struct tls *t, struct output *o, struct span bytes)
{
	size_t n;

	if (bytes.len > TLS_GATHERED)
		bytes.len = TLS_GATHERED;
	t->bio.is_single = bytes.len <= TLS_RECORD;
	for (; bytes.len > 0; bytes.at += n, bytes.len -= n) {
		if (SSL_write_ex(t->ssl, bytes.at, bytes.len, &n) != 1) {
			tls_fail(t, NULL);
			errno = ECONNRESET;
			return OUTPUT_FAILED;
		}
		t->sealed += n;
	}
	t->bio.is_single = false;
	return flush_output(t, o);
}

/* ---- by the kernel ------------------------------------------------------- */

/*
 * All that OpenSSL wrote has left.  Small responses do not come here: gathered
 * in one send(2) they cost less from OpenSSL.
 */
static bool
start_kernel(struct tls *t, const struct output *o)
{
	struct tls_write_key *key = &t->bio.key;
	struct tls_server *s = t->address->server;
	struct tls_write_state state;

	if (!output_begins_long_file(o, KERNEL_LEAST) ||
		tls_protocol(t) != CONF_HTTP_1 ||
		!tls_write_key_derive(key, t->ssl, &state))
		return false;
	t->bio.is_kernel = tls_kernel_start(&s->kernel, t->bio.fd, &state) == 0;
	OPENSSL_cleanse(&state, sizeof(state));
	tls_write_key_wipe(key);
	key->is_off = !t->bio.is_kernel;
	s->ktls->connections += t->bio.is_kernel;
	return t->bio.is_kernel;
}

static enum output_result
send_by_kernel(struct tls *t, struct output *o)
{
	enum output_result result = output_send(o, t->bio.fd);

	if (result == OUTPUT_FAILED) {
		tls_fail(t, "the client went away");
		errno = ECONNRESET;
	}
	return result;
}

enum output_result
tls_send(struct tls *t, struct output *o)
{
	struct tls_server *s = t->address->server;
	uint64_t end = o->sent + SLICE;
	enum output_result result = OUTPUT_SENT;
	struct span next;

	if (t->has_failed) {
		errno = ECONNRESET;
		return OUTPUT_FAILED;
	}
	if (t->bio.is_kernel)
		return send_by_kernel(t, o);
	/* What was kept may have left beside input: the output has it still. */
	if (t->sealed > 0 || tls_bio_has_kept(&t->bio))
		result = flush_output(t, o);
	while (result == OUTPUT_SENT && !output_is_empty(o)) {
		if (o->sent >= end)
			return OUTPUT_YIELD;
		if (!t->bio.key.is_off && start_kernel(t, o))
			return send_by_kernel(t, o);
		result = output_gather(o, s->gathered, TLS_GATHERED, &next);
		if (result == OUTPUT_SENT)
			result = seal_bytes(t, o, next);
	}
	return result;
}
