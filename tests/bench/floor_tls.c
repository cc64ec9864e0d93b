/*
 * What the libraries cost alone: one thread, epoll, OpenSSL and nghttp2, and
 * the same answer to every request: floor_tls PORT BYTES [CHAIN KEY].  With a
 * chain it speaks TLS; the client chooses the protocol by ALPN, in clear by the
 * first byte of the preface.
 * SPDX-License-Identifier: MIT
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <nghttp2/nghttp2.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EVENTS = 64, INPUT = 65536, OUTPUT = 4 << 20, HEAD = 128 };

struct conn {
	int fd;
	SSL *ssl;
	nghttp2_session *session;
	char *out; /* while something is left to send */
	size_t len, sent;
};

static SSL_CTX *context;
static nghttp2_session_callbacks *callbacks;
static char *answer; /* of HTTP/1.1 */
static size_t answer_len, content_len;
static char length[24], input[INPUT];
static int poller;

/* ---- HTTP/2 -------------------------------------------------------------- */

static ssize_t
read_content(nghttp2_session *s, int32_t id, uint8_t *to, size_t size,
	uint32_t *flags, nghttp2_data_source *source, void *arg)
{
	size_t left = content_len - (size_t)source->fd;

	(void)s, (void)id, (void)arg;
	size = size < left ? size : left;
	memset(to, 'x', size);
	source->fd += (int)size;
	if (size == left)
		*flags |= NGHTTP2_DATA_FLAG_EOF;
	return (ssize_t)size;
}

#define FIELD(name, value)                                                     \
	{                                                                      \
		(uint8_t *)(uintptr_t)(name), (uint8_t *)(uintptr_t)(value),   \
			sizeof(name) - 1, strlen(value), NGHTTP2_NV_FLAG_NONE  \
	}

static int
on_frame(nghttp2_session *s, const nghttp2_frame *f, void *arg)
{
	const nghttp2_nv fields[] = {
		FIELD(":status", "200"),
		FIELD("date", "Mon, 23 Nov 2026 04:01:00 GMT"),
		FIELD("server", "floor"),
		FIELD("content-type", "text/plain"),
		FIELD("content-length", length),
		FIELD("etag", "\"0123456789abcdef\""),
		FIELD("last-modified", "Mon, 23 Nov 2026 04:01:00 GMT"),
		FIELD("accept-ranges", "bytes"),
	};
	nghttp2_data_provider provider = { .source.fd = 0,
		.read_callback = read_content };

	(void)arg;
	if (f->hd.type == NGHTTP2_HEADERS &&
		f->hd.flags & NGHTTP2_FLAG_END_STREAM)
		nghttp2_submit_response(s, f->hd.stream_id, fields,
			sizeof(fields) / sizeof(fields[0]), &provider);
	return 0;
}

static void
start_http2(struct conn *c)
{
	nghttp2_session_server_new(&c->session, callbacks, c);
	nghttp2_submit_settings(c->session, NGHTTP2_FLAG_NONE, NULL, 0);
}

/* ---- bytes --------------------------------------------------------------- */

static void
add_output(struct conn *c, const void *bytes, size_t len)
{
	if (c->out == NULL)
		c->out = malloc(OUTPUT);
	if (c->out == NULL || c->len + len > OUTPUT)
		errx(1, "no room for the output");
	memcpy(c->out + c->len, bytes, len);
	c->len += len;
}

/* False: the connection is over. */
static bool
send_output(struct conn *c)
{
	struct epoll_event e = { .events = EPOLLIN, .data.ptr = c };
	ssize_t n;

	for (; c->sent < c->len; c->sent += (size_t)n) {
		n = c->ssl != NULL ? SSL_write(c->ssl, c->out + c->sent,
					     (int)(c->len - c->sent))
				   : send(c->fd, c->out + c->sent,
					     c->len - c->sent, MSG_NOSIGNAL);
		if (n > 0)
			continue;
		if (c->ssl == NULL && errno != EAGAIN)
			return false;
		e.events |= EPOLLOUT;
		epoll_ctl(poller, EPOLL_CTL_MOD, c->fd, &e);
		return true;
	}
	if (c->out != NULL)
		epoll_ctl(poller, EPOLL_CTL_MOD, c->fd, &e);
	free(c->out);
	c->out = NULL;
	c->len = c->sent = 0;
	return true;
}

static void
gather_frames(struct conn *c)
{
	const uint8_t *bytes;
	ssize_t n;

	while (c->len < OUTPUT / 2 &&
		(n = nghttp2_session_mem_send(c->session, &bytes)) > 0)
		add_output(c, bytes, (size_t)n);
}

static void
take_input(struct conn *c, size_t len)
{
	const char *at = input, *end;

	if (c->session == NULL && len > 0 && input[0] == 'P')
		start_http2(c);
	if (c->session != NULL) {
		nghttp2_session_mem_recv(
			c->session, (const uint8_t *)input, len);
		return;
	}
	while ((end = memmem(at, len - (size_t)(at - input), "\r\n\r\n", 4)) !=
		NULL) {
		add_output(c, answer, answer_len);
		at = end + 4;
	}
}

/* False: the connection is over. */
static bool
serve(struct conn *c)
{
	ssize_t n;

	do {
		n = c->ssl != NULL ? SSL_read(c->ssl, input, INPUT)
				   : recv(c->fd, input, INPUT, 0);
		if (n > 0)
			take_input(c, (size_t)n);
	} while (n > 0 && c->ssl != NULL && SSL_has_pending(c->ssl));
	if (n == 0 || (n < 0 && c->ssl == NULL && errno != EAGAIN) ||
		(n < 0 && c->ssl != NULL &&
			SSL_get_error(c->ssl, (int)n) != SSL_ERROR_WANT_READ))
		return false;
	if (c->session != NULL)
		gather_frames(c);
	return send_output(c);
}

static void
close_conn(struct conn *c)
{
	nghttp2_session_del(c->session);
	SSL_free(c->ssl);
	close(c->fd);
	free(c->out);
	free(c);
}

static void
accept_conn(int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK), one = 1;
	struct epoll_event e = { .events = EPOLLIN };
	struct conn *c = fd == -1 ? NULL : calloc(1, sizeof(*c));

	if (c == NULL)
		return;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	c->fd = fd;
	if (context != NULL) {
		c->ssl = SSL_new(context);
		SSL_set_fd(c->ssl, fd);
		SSL_set_accept_state(c->ssl);
	}
	e.data.ptr = c;
	epoll_ctl(poller, EPOLL_CTL_ADD, fd, &e);
}

/* ---- start --------------------------------------------------------------- */

static int
choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *len,
	const unsigned char *in, unsigned in_len, void *arg)
{
	static const unsigned char ours[] = "\x02h2\x08http/1.1";

	(void)ssl, (void)arg;
	return SSL_select_next_proto((unsigned char **)(uintptr_t)out, len,
		       ours, sizeof(ours) - 1, in,
		       in_len) == OPENSSL_NPN_NEGOTIATED
		       ? SSL_TLSEXT_ERR_OK
		       : SSL_TLSEXT_ERR_NOACK;
}

static void
open_tls(const char *chain, const char *key)
{
	context = SSL_CTX_new(TLS_server_method());
	if (SSL_CTX_use_certificate_chain_file(context, chain) != 1 ||
		SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) !=
			1)
		errx(1, "%s, %s: not a pair", chain, key);
	SSL_CTX_set_ciphersuites(context, "TLS_AES_128_GCM_SHA256");
	SSL_CTX_set_read_ahead(context, 1);
	SSL_CTX_set_num_tickets(context, 1);
	SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION);
	SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS |
					  SSL_MODE_ENABLE_PARTIAL_WRITE |
					  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_alpn_select_cb(context, choose_protocol, NULL);
}

static int
listen_at(int port)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), one = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&a, sizeof(a)) == -1 ||
		listen(fd, 1024) == -1)
		err(1, "port %d", port);
	return fd;
}

static void
make_answer(void)
{
	answer = malloc(content_len + HEAD);
	if (answer == NULL)
		err(1, "no memory");
	snprintf(length, sizeof(length), "%zu", content_len);
	answer_len = (size_t)snprintf(answer, HEAD,
		"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
		"Content-Length: %zu\r\n\r\n",
		content_len);
	memset(answer + answer_len, 'x', content_len);
	answer_len += content_len;
}

static void
run(int listener)
{
	struct epoll_event e = { .events = EPOLLIN }, events[EVENTS];
	int n;

	poller = epoll_create1(0);
	epoll_ctl(poller, EPOLL_CTL_ADD, listener, &e);
	while ((n = epoll_wait(poller, events, EVENTS, -1)) >= 0 ||
		errno == EINTR)
		for (int i = 0; i < n; i++) {
			if (events[i].data.ptr == NULL)
				accept_conn(listener);
			else if (!serve(events[i].data.ptr))
				close_conn(events[i].data.ptr);
		}
}

int
main(int argc, char **argv)
{
	if (argc != 3 && argc != 5)
		errx(2, "usage: floor_tls PORT BYTES [CHAIN KEY]");
	signal(SIGPIPE, SIG_IGN);
	content_len = (size_t)atol(argv[2]);
	make_answer();
	if (argc == 5)
		open_tls(argv[3], argv[4]);
	nghttp2_session_callbacks_new(&callbacks);
	nghttp2_session_callbacks_set_on_frame_recv_callback(
		callbacks, on_frame);
	run(listen_at(atoi(argv[1])));
	return 0;
}
