/*
 * poll(2) before every read and write, so that no test hangs.
 * SPDX-License-Identifier: MIT
 */
#include "support/client.h"

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/test_deadline.h"

static const char *const results[] = {
	[CLIENT_OK] = "a response",
	[CLIENT_EOF] = "the connection was closed without a response",
	[CLIENT_CUT] = "the connection ended within a response",
	[CLIENT_RESET] = "the connection was reset",
	[CLIENT_LATE] = "no response within the deadline",
	[CLIENT_MALFORMED] = "a malformed response",
};

static bool
wait_for(struct client *c, short events, int64_t deadline)
{
	struct pollfd p = { .fd = c->fd, .events = events };

	return poll(&p, 1, deadline_left(deadline)) == 1;
}

static enum client_result
connect_to(struct client *c, const char *address, int port)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
	};
	int error = 0, on = 1;
	socklen_t len = sizeof(error);

	ck_assert_int_eq(inet_pton(AF_INET, address, &to.sin_addr), 1);
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (connect(c->fd, (struct sockaddr *)&to, sizeof(to)) == 0)
		return CLIENT_OK;
	if (errno != EINPROGRESS)
		return CLIENT_RESET;
	if (!wait_for(c, POLLOUT, deadline_in(DEADLINE)))
		return CLIENT_LATE;
	getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &len);
	return error == 0 ? CLIENT_OK : CLIENT_RESET;
}

static void
new_socket(struct client *c)
{
	*c = (struct client){ 0 };
	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	ck_assert_msg(c->fd != -1, "socket: %s", strerror(errno));
}

enum client_result
client_try_open(struct client *c, int port)
{
	enum client_result result;

	new_socket(c);
	result = connect_to(c, "127.0.0.1", port);
	if (result != CLIENT_OK)
		client_close(c);
	return result;
}

void
client_open(struct client *c, int port)
{
	enum client_result result = client_try_open(c, port);

	ck_assert_msg(result == CLIENT_OK, "connect to %d: %s", port,
		strerror(errno));
}

void
client_open_at(struct client *c, const char *address, int port)
{
	new_socket(c);
	ck_assert_int_eq(connect_to(c, address, port), CLIENT_OK);
}

void
client_open_narrow(struct client *c, int port, int receive_buffer)
{
	new_socket(c);
	setsockopt(c->fd, SOL_SOCKET, SO_RCVBUF, &receive_buffer,
		sizeof(receive_buffer));
	ck_assert_int_eq(connect_to(c, "127.0.0.1", port), CLIENT_OK);
}

void
client_close(struct client *c)
{
	if (c->fd != -1)
		close(c->fd);
	free(c->bytes);
	*c = (struct client){ .fd = -1 };
}

void
client_send(struct client *c, const char *bytes, size_t len)
{
	int64_t deadline = deadline_in(DEADLINE);
	ssize_t n;

	while (len > 0) {
		n = send(c->fd, bytes, len, MSG_NOSIGNAL);
		if (n >= 0) {
			bytes += n;
			len -= (size_t)n;
			continue;
		}
		if (errno != EAGAIN)
			return;
		ck_assert_msg(wait_for(c, POLLOUT, deadline),
			"the server takes no bytes");
	}
}

void
client_say(struct client *c, const char *text)
{
	client_send(c, text, strlen(text));
}

size_t
client_drip(struct client *c, const char *text, int ms)
{
	size_t sent;

	for (sent = 0; text[sent] != '\0'; sent++) {
		client_send(c, text + sent, 1);
		if (wait_for(c, POLLIN, deadline_in(ms)))
			return sent + 1;
	}
	return sent;
}

void
client_finish_sending(struct client *c)
{
	shutdown(c->fd, SHUT_WR);
}

static void
grow(struct client *c)
{
	if (c->size - c->len >= 65536)
		return;
	c->size = c->size == 0 ? 131072 : c->size * 2;
	c->bytes = realloc(c->bytes, c->size);
	ck_assert_ptr_nonnull(c->bytes);
}

/* One read.  OK: bytes or EOF came. */
static enum client_result
fill(struct client *c, int64_t deadline)
{
	ssize_t n;

	if (!wait_for(c, POLLIN, deadline))
		return CLIENT_LATE;
	grow(c);
	n = recv(c->fd, c->bytes + c->len, c->size - c->len, 0);
	if (n == -1)
		return errno == EAGAIN ? CLIENT_OK : CLIENT_RESET;
	if (n == 0)
		c->at_eof = true;
	c->len += (size_t)n;
	return CLIENT_OK;
}

static void
consume(struct client *c, size_t n)
{
	c->len -= n;
	memmove(c->bytes, c->bytes + n, c->len);
}

bool
client_has(struct client *c, size_t len, int ms)
{
	int64_t deadline = deadline_in(ms);

	while (c->len < len && !c->at_eof)
		if (fill(c, deadline) != CLIENT_OK)
			return false;
	return c->len >= len;
}

bool
client_hears(struct client *c, const char *text, int ms)
{
	int64_t deadline = deadline_in(ms);

	while (c->len == 0 ||
		memmem(c->bytes, c->len, text, strlen(text)) == NULL)
		if (c->at_eof || fill(c, deadline) != CLIENT_OK)
			return false;
	return true;
}

void
client_skip(struct client *c, size_t len)
{
	ck_assert_uint_le(len, c->len);
	consume(c, len);
}

void
client_reset(struct client *c)
{
	struct linger none = { .l_onoff = 1, .l_linger = 0 };

	setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
	client_close(c);
}

/* CLIENT_LATE: too few bytes yet. */
static enum client_result
take_response(struct client *c, struct response *r, bool is_head)
{
	long used;

	used = response_parse(r, c->bytes, c->len, is_head, c->at_eof);
	if (used < 0)
		return CLIENT_MALFORMED;
	if (used > 0) {
		consume(c, (size_t)used);
		return CLIENT_OK;
	}
	response_free(r);
	return CLIENT_LATE;
}

enum client_result
client_try_recv(struct client *c, struct response *r, bool is_head)
{
	int64_t deadline = deadline_in(DEADLINE);
	enum client_result result;

	*r = (struct response){ 0 };
	for (;;) {
		if (c->len > 0) {
			result = take_response(c, r, is_head);
			if (result != CLIENT_LATE)
				return result;
		}
		if (c->at_eof)
			return c->len == 0 ? CLIENT_EOF : CLIENT_CUT;
		result = fill(c, deadline);
		if (result == CLIENT_RESET && c->len > 0)
			return CLIENT_CUT;
		if (result != CLIENT_OK)
			return result;
	}
}

static void
must_recv(struct client *c, struct response *r, bool is_head)
{
	enum client_result result = client_try_recv(c, r, is_head);

	ck_assert_msg(result == CLIENT_OK, "%s (%s) after %zu bytes: %.*s",
		results[result], r->why == NULL ? "" : r->why, c->len,
		c->len > 400 ? 400 : (int)c->len,
		c->bytes == NULL ? "" : c->bytes);
}

void
client_recv(struct client *c, struct response *r)
{
	must_recv(c, r, false);
}

void
client_recv_head(struct client *c, struct response *r)
{
	must_recv(c, r, true);
}

size_t
client_discard(struct client *c, size_t max, int ms)
{
	size_t total = c->len;

	for (c->len = 0; total < max && !c->at_eof; c->len = 0) {
		if (fill(c, deadline_in(ms)) != CLIENT_OK)
			break;
		total += c->len;
	}
	return total;
}

bool
client_is_silent(struct client *c, int ms)
{
	return c->len == 0 && !c->at_eof &&
	       !wait_for(c, POLLIN, deadline_in(ms));
}

bool
client_is_eof(struct client *c, int ms)
{
	if (c->len == 0 && !c->at_eof)
		fill(c, deadline_in(ms));
	return c->len == 0 && c->at_eof;
}

bool
client_is_gone(struct client *c, int ms)
{
	if (c->len > 0)
		return false;
	if (c->at_eof)
		return true;
	return fill(c, deadline_in(ms)) == CLIENT_RESET ||
	       (c->len == 0 && c->at_eof);
}

void
client_get(struct client *c, const char *path, struct response *r)
{
	char text[4096];

	snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\nHost: test\r\n\r\n",
		path);
	client_say(c, text);
	client_recv(c, r);
}

void
client_ask(int port, const char *text, struct response *r)
{
	struct client c;

	client_open(&c, port);
	client_say(&c, text);
	must_recv(&c, r, strncmp(text, "HEAD ", 5) == 0);
	client_close(&c);
}

void
client_fetch(int port, const char *path, const char *fields, struct response *r)
{
	char text[8192];

	snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\nHost: test\r\n%s\r\n",
		path, fields);
	client_ask(port, text, r);
}

void
client_get_text(struct client *c, const char *path, const char *body)
{
	struct response r;

	client_get(c, path, &r);
	ck_assert_int_eq(r.status, 200);
	ck_assert_str_eq(r.body, body);
	response_free(&r);
}

int
client_status(int port, const char *path)
{
	struct response r;
	int status;

	client_fetch(port, path, "", &r);
	status = r.status;
	response_free(&r);
	return status;
}
