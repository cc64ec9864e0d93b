/*
 * TLS over a socket: the server is sent bytes of the input, or the records of a
 * real client, which are cut and changed on the way.  Whatever comes, what the
 * server reads is what the client has written.
 *
 * The first byte chooses the address and what the client offers; each step is
 * one byte, and the bytes that it takes.
 * SPDX-License-Identifier: MIT
 */
#include <assert.h>
#include <check.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/conf.h"
#include "common/small_pool.h"
#include "common/ticket_secret.h"
#include "support/test_certificate.h"
#include "tls/tls.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	ADDRESSES = 3,
	STEPS = 64,
	ROOM = 32 * 1024,
	RUNS = 4,
	TURNS = 16,
	PEM_MAX = 4096
};

enum step {
	STEP_SEND,   /* bytes of the input */
	STEP_PASS,   /* what the client has to say */
	STEP_CHANGE, /* the same with a byte changed, or cut */
	STEP_WRITE,  /* the client writes data */
	STEP_UPDATE, /* the client sends a KeyUpdate, or close_notify */
	STEP_END,    /* EOF */
	STEP_ANSWER, /* the server writes data */
	STEP_COUNT,
};

struct input {
	const uint8_t *at;
	size_t left;
};

struct session {
	struct tls *tls;
	struct output output;
	struct small_pool pool;
	int fd, server_fd;
	bool is_ready, is_over; /* of the server */
	SSL *client;
	BIO *to_client, *from_client;
	uint64_t written, read; /* bytes of data from the client */
	char room[ROOM];
};

/* ---- the server ---------------------------------------------------------- */

static struct tls_server *server;
static SSL_CTX *client_context;

/* PEM, in to. */
static struct span
make_pem(const struct test_certificate *c, bool is_key, char to[PEM_MAX])
{
	BIO *bio = BIO_new(BIO_s_mem());
	int len;

	assert(bio != NULL);
	if (is_key)
		PEM_write_bio_PrivateKey(
			bio, c->key, NULL, NULL, 0, NULL, NULL);
	else
		PEM_write_bio_X509(bio, c->x);
	len = BIO_read(bio, to, PEM_MAX);
	assert(len > 0 && len < PEM_MAX);
	BIO_free(bio);
	return (struct span){ to, (size_t)len };
}

/* The first address speaks all, the second HTTP/2 alone and to known names, the
 * third asks for a certificate. */
static void
set_tls(struct conf_tls *tls, size_t number,
	const struct conf_certificate *certificate,
	const struct conf_tls_client *client)
{
	*tls = (struct conf_tls){
		.certificates = { certificate, 1 },
		.ciphers = "ECDHE+AESGCM:ECDHE+CHACHA20",
		.groups = "X25519:P-256",
		.unknown_name = number == 1 ? CONF_UNKNOWN_REFUSE
					    : CONF_UNKNOWN_DEFAULT,
		.client = number == 2 ? client : NULL,
	};
}

static void
open_server(void)
{
	static const char *const names[] = { "localhost", NULL };
	static struct conf_certificate certificate = { .names = names,
		.key_kind = "ECDSA P-256" };
	static struct conf_tls_client client = { .verify =
							 CONF_VERIFY_REQUIRE };
	static struct conf_tls tls[ADDRESSES];
	static struct conf_listen listen[ADDRESSES];
	static struct conf conf = { .listen = listen, .nlisten = ADDRESSES };
	static struct test_certificate made;
	static char chain[PEM_MAX], key[PEM_MAX];
	struct ticket_secret secret = { .epoch = 1 };
	char why[200] = "";

	test_certificate_make(&made, NULL,
		&(struct test_certificate_spec){
			.subject = "localhost",
			.names = "DNS:localhost",
			.is_ca = true,
		});
	certificate.chain = client.ca = make_pem(&made, false, chain);
	certificate.key = make_pem(&made, true, key);
	for (size_t i = 0; i < ADDRESSES; i++) {
		set_tls(&tls[i], i, &certificate, &client);
		listen[i] = (struct conf_listen){
			.text = "fuzz",
			.protocols = 1u << CONF_HTTP_2 |
				     (i == 1 ? 0 : 1u << CONF_HTTP_1),
			.tls = &tls[i],
		};
	}
	if (tls_server_open(&server, &conf, &secret, why, sizeof(why)) == -1)
		abort();
	client_context = SSL_CTX_new(TLS_client_method());
	assert(client_context != NULL);
	SSL_CTX_use_certificate(client_context, made.x);
	SSL_CTX_use_PrivateKey(client_context, made.key);
}

/* Byte n of what the client writes. */
static char
data_at(uint64_t n)
{
	return (char)(n * 31 % 251);
}

static void
take_data(struct session *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		assert(s->room[i] == data_at(s->read + i));
	s->read += len;
	assert(s->read <= s->written);
}

static void
end_server(struct session *s)
{
	s->is_over = true;
	assert(tls_reason(s->tls)[0] != '\0');
}

static void
step_handshake(struct session *s)
{
	enum tls_result result = tls_begin(s->tls);

	if (result == TLS_DONE)
		result = tls_handshake(s->tls);
	if (result == TLS_FAILED || result == TLS_IS_PLAIN)
		end_server(s);
	s->is_ready = result == TLS_DONE;
	if (!s->is_ready)
		return;
	assert(tls_version(s->tls) != NULL && tls_cipher(s->tls) != NULL);
	tls_covers(s->tls, SPAN("localhost"));
}

static void
read_server(struct session *s)
{
	ssize_t n = 1;

	for (int i = 0; i < TURNS && n > 0; i++) {
		n = tls_recv(s->tls, s->room, sizeof(s->room));
		if (n > 0)
			take_data(s, (size_t)n);
	}
	if (n == 0 || (n == -1 && errno != EAGAIN))
		end_server(s);
}

static void
send_server(struct session *s)
{
	if (!output_is_empty(&s->output) &&
		tls_send(s->tls, &s->output) >= OUTPUT_FAILED)
		end_server(s);
}

static void
step_server(struct session *s)
{
	if (!s->is_over && !s->is_ready)
		step_handshake(s);
	if (!s->is_over && s->is_ready)
		read_server(s);
	if (!s->is_over && s->is_ready)
		send_server(s);
}

/* ---- the client ---------------------------------------------------------- */

static void
open_client(struct session *s, unsigned how)
{
	static const unsigned char protocols[] = "\x02h2\x08http/1.1";

	s->client = SSL_new(client_context);
	s->to_client = BIO_new(BIO_s_mem());
	s->from_client = BIO_new(BIO_s_mem());
	assert(s->client != NULL && s->to_client != NULL &&
		s->from_client != NULL);
	SSL_set_bio(s->client, s->to_client, s->from_client);
	SSL_set_connect_state(s->client);
	if (how & 4)
		SSL_set_max_proto_version(s->client, TLS1_2_VERSION);
	if (how & 8)
		SSL_set_tlsext_host_name(s->client, "localhost");
	if (how & 16)
		SSL_set_alpn_protos(
			s->client, protocols, sizeof(protocols) - 1);
}

static void
step_client(struct session *s)
{
	char bytes[4096];
	ssize_t n;

	while ((n = recv(s->fd, bytes, sizeof(bytes), MSG_DONTWAIT)) > 0)
		BIO_write(s->to_client, bytes, (int)n);
	if (!SSL_is_init_finished(s->client))
		SSL_do_handshake(s->client);
	while (SSL_is_init_finished(s->client) &&
		SSL_read(s->client, bytes, sizeof(bytes)) > 0)
		;
	ERR_clear_error();
}

static uint8_t
take_byte(struct input *in)
{
	if (in->left == 0)
		return 0;
	in->left--;
	return *in->at++;
}

static size_t
take_size(struct input *in)
{
	size_t high = take_byte(in);

	return high << 8 | take_byte(in);
}

static void
send_bytes(struct session *s, const void *bytes, size_t len)
{
	if (len > 0 && send(s->fd, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		return;
	step_server(s);
}

static void
send_input(struct session *s, struct input *in)
{
	size_t len = take_size(in);

	if (len > in->left)
		len = in->left;
	send_bytes(s, in->at, len);
	in->at += len;
	in->left -= len;
}

static void
pass_on(struct session *s, struct input *in, bool is_changed)
{
	int n = BIO_read(s->from_client, s->room, sizeof(s->room));
	char bytes[ROOM];
	size_t len = n > 0 ? (size_t)n : 0, at;

	memcpy(bytes, s->room, len);
	if (is_changed && len > 0) {
		at = take_size(in) % len;
		bytes[at] ^= (char)take_byte(in);
		if (take_byte(in) & 1)
			len = at;
	}
	send_bytes(s, bytes, len);
}

static void
write_client(struct session *s, size_t len)
{
	char bytes[ROOM];

	if (!SSL_is_init_finished(s->client))
		return;
	len = len % sizeof(bytes) + 1;
	for (size_t i = 0; i < len; i++)
		bytes[i] = data_at(s->written + i);
	if (SSL_write(s->client, bytes, (int)len) > 0)
		s->written += len;
	ERR_clear_error();
}

static void
update_client(struct session *s, unsigned how)
{
	if (how & 1)
		SSL_shutdown(s->client);
	else
		SSL_key_update(
			s->client, how & 2 ? SSL_KEY_UPDATE_REQUESTED
					   : SSL_KEY_UPDATE_NOT_REQUESTED);
	SSL_do_handshake(s->client);
	ERR_clear_error();
}

static void
answer(struct session *s, size_t len)
{
	static const char bytes[64 * 1024];

	if (s->is_ready && !s->is_over && output_is_empty(&s->output))
		output_add(&s->output, bytes, len + 1, NULL);
	step_server(s);
}

static void
do_step(struct session *s, struct input *in)
{
	switch (take_byte(in) % STEP_COUNT) {
	case STEP_SEND:
		send_input(s, in);
		break;
	case STEP_PASS:
		pass_on(s, in, false);
		break;
	case STEP_CHANGE:
		pass_on(s, in, true);
		break;
	case STEP_WRITE:
		write_client(s, take_size(in));
		break;
	case STEP_UPDATE:
		update_client(s, take_byte(in));
		break;
	case STEP_END:
		shutdown(s->fd, SHUT_WR);
		step_server(s);
		break;
	default:
		answer(s, take_size(in));
	}
	step_client(s);
}

/* ---- a session ----------------------------------------------------------- */

static struct session *
open_session(unsigned how)
{
	struct session *s = calloc(1, sizeof(*s));
	int fds[2];

	assert(s != NULL);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0,
		    fds) != 0)
		abort();
	s->fd = fds[0];
	s->server_fd = fds[1];
	output_init_small(&s->output, RUNS, &s->pool);
	s->tls = tls_new(
		tls_address_find(server, how % 4 % ADDRESSES), s->server_fd);
	assert(s->tls != NULL);
	open_client(s, how);
	step_client(s);
	return s;
}

static void
close_session(struct session *s)
{
	if (!s->is_ready && !s->is_over)
		tls_end_late(s->tls);
	tls_close(s->tls);
	SSL_free(s->client);
	output_drop(&s->output);
	output_shrink(&s->output);
	small_pool_fini(&s->pool);
	close(s->fd);
	close(s->server_fd);
	free(s);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	struct session *s;

	if (server == NULL)
		open_server();
	s = open_session(take_byte(&in));
	for (int i = 0; i < STEPS && in.left > 0; i++)
		do_step(s, &in);
	close_session(s);
	return 0;
}
