/*
 * A connection beyond the limit is not kept to wait for its request: it would
 * take the place that the limit is to save.
 * SPDX-License-Identifier: MIT
 */
#include "conn/client_limit.h"

#include <sys/socket.h>

#include "common/conf.h"
#include "conn/peer.h"
#include "conn/refusal.h"
#include "conn/worker_state.h"
#include "http/cidr.h"

#define TEXT "Too many connections of this client are open.\n"
static const struct span http1 =
	SPAN("HTTP/1.1 429 Too Many Requests\r\n"
	     "Content-Type: text/plain; charset=utf-8\r\n"
	     "Content-Length: 46\r\n"
	     "Retry-After: 1\r\n"
	     "Connection: close\r\n"
	     "\r\n" TEXT);
_Static_assert(sizeof(TEXT) - 1 == 46, "the length is in the response");

/* SETTINGS, and GOAWAY with ENHANCE_YOUR_CALM (RFC 9113 6.5, 6.8, 7). */
static const struct span http2 = SPAN("\0\0\0\4\0\0\0\0\0"
				      "\0\0\10\7\0\0\0\0\0"
				      "\0\0\0\0\0\0\0\13");

static bool
is_limited(const struct conn *c)
{
	return c->worker->conns.clients.most > 0 && c->is_counted &&
	       !cidr_match(&c->worker->conf->trusted.networks, &c->peer.any);
}

static uint64_t
find_key(const struct conn *c)
{
	return client_counts_key(&c->worker->conns.clients, &c->peer.any);
}

static void
count_conn(struct conn *c, uint64_t key)
{
	client_counts_add(&c->worker->conns.clients, key);
	c->is_client_counted = true;
}

void
client_limit_count(struct conn *c)
{
	if (is_limited(c))
		count_conn(c, find_key(c));
}

static bool
is_preface(const char *bytes, size_t len)
{
	return len >= 4 && memcmp(bytes, "PRI ", 4) == 0;
}

/* Reads the request, since the kernel would send a reset for it, which may
 * destroy the response. */
static void
send_response(struct conn *c, const char *bytes, size_t len)
{
	const char *input = c->worker->input;
	bool is_http2 = is_preface(bytes, len);
	struct span response;
	ssize_t n;

	n = recv(c->io.fd, c->worker->input, WORKER_INPUT, 0);
	if (len == 0 && n > 0)
		is_http2 = is_preface(input, (size_t)n);
	response = c->protocols & 1u << CONF_HTTP_2 && is_http2 ? http2 : http1;
	if (send(c->io.fd, response.at, response.len, MSG_NOSIGNAL) > 0)
		shutdown(c->io.fd, SHUT_WR);
}

bool
client_limit_admit(struct conn *c, const char *bytes, size_t len)
{
	struct worker *w = c->worker;
	const struct client_counts *all = &w->conns.clients;
	uint64_t key;

	if (!is_limited(c))
		return true;
	key = find_key(c);
	if (client_counts_find(all, key) < all->most) {
		count_conn(c, key);
		return true;
	}
	refusal_log(&w->refusals, &w->log, w->now_ms,
		&(struct refusal){ .status = 429,
			.rule = "a connection beyond limits.client_connections",
			.peer = &c->peer.any,
			.doing = conn_doing(c) });
	conn_count_refusal(c, SLOT_REFUSED_CLIENT_CONNECTIONS);
	if (c->tls == NULL)
		send_response(c, bytes, len);
	conn_close(c, NULL);
	return false;
}
