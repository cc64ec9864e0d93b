/*
 * A header is accepted only from a peer in "trusted", since it can claim any
 * client address.
 * SPDX-License-Identifier: MIT
 */
#include "conn/proxy_input.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "common/conf.h"
#include "conn/client_limit.h"
#include "conn/conn.h"
#include "conn/peer.h"
#include "conn/proxy_protocol.h"
#include "conn/worker_state.h"
#include "http/cidr.h"

static void
log_refusal(struct conn *c, const char *why)
{
	struct worker *w = c->worker;
	unsigned times = log_limit_take(&w->proxy_refusals, w->now_ms);
	char name[PEER_NAME];

	if (times == 0)
		return;
	peer_name(&c->peer.any, name);
	log_warnx(&w->log, "closed %s: PROXY header: %s (%u time%s)", name, why,
		times, log_plural(times));
}

static bool
refuse_connection(struct conn *c, const char *why)
{
	log_refusal(c, why);
	conn_count_refusal(c, SLOT_REFUSED_BAD_REQUEST);
	conn_close(c, NULL);
	return false;
}

static void
take_addresses(struct conn *c, const struct proxy_header *h)
{
	_Static_assert(sizeof(h->client) <= sizeof(c->peer),
		"the address of a header fits a connection");

	c->is_tls = h->is_tls;
	if (h->is_local)
		return;
	memset(&c->peer, 0, sizeof(c->peer));
	memcpy(&c->peer, &h->client, sizeof(h->client));
}

/* Removes a header from the connection's stored input. */
static void
drop_header(struct conn *c, const char **bytes, size_t *len, size_t header)
{
	*bytes += header;
	*len -= header;
	if (*len == 0)
		input_buffer_set(&c->worker->input_buffers, &c->input, NULL, 0);
}

static bool
keep_input(struct conn *c, const char *bytes, size_t len)
{
	if (c->input.bytes != bytes)
		input_buffer_set(
			&c->worker->input_buffers, &c->input, bytes, len);
	conn_wait_for_proxy(c);
	return false;
}

/* The client is known now. */
static bool
begin_connection(struct conn *c, const char *bytes, size_t len)
{
	c->proxy = CONF_PROXY_OFF;
	return client_limit_admit(c, bytes, len);
}

bool
proxy_input_take(struct conn *c, const char **bytes, size_t *len)
{
	const struct conf_networks *trusted =
		&c->worker->conf->trusted.networks;
	bool is_trusted = cidr_match(trusted, &c->peer.any);
	struct proxy_header h;

	if (!is_trusted && c->proxy == CONF_PROXY_REQUIRED)
		return refuse_connection(
			c, "its address is not in \"trusted\"");
	if (!is_trusted)
		return begin_connection(c, *bytes, *len);
	switch (proxy_protocol_parse(&h, *bytes, *len)) {
	case PROXY_PARTIAL:
		return keep_input(c, *bytes, *len);
	case PROXY_INVALID:
		return refuse_connection(c, h.why);
	case PROXY_ABSENT:
		if (c->proxy == CONF_PROXY_REQUIRED)
			return refuse_connection(c, "it was not sent");
		break;
	case PROXY_WHOLE:
		take_addresses(c, &h);
		drop_header(c, bytes, len, h.len);
		break;
	}
	return begin_connection(c, *bytes, *len);
}

/* Removes bytes that were peeked at from the socket; bytes has room for len. */
static void
drop_from_socket(struct conn *c, char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = recv(c->io.fd, bytes, len, 0);

		if (n <= 0)
			return;
		len -= (size_t)n;
	}
}

bool
proxy_input_take_first(struct conn *c)
{
	char bytes[PROXY_HEADER_MAX];
	const char *rest = bytes;
	size_t had = c->input.used, len;
	ssize_t n;

	if (had > 0)
		memcpy(bytes, c->input.bytes, had);
	n = recv(c->io.fd, bytes + had, sizeof(bytes) - had, MSG_PEEK);
	if (n == -1 && (errno == EAGAIN || errno == EINTR)) {
		conn_wait_for_proxy(c);
		return false;
	}
	if (n <= 0) {
		conn_close_gone(c);
		return false;
	}
	len = had + (size_t)n;
	if (!proxy_input_take(c, &rest, &len)) {
		if (c->state == CONN_READ_PROXY)
			drop_from_socket(c, bytes, (size_t)n);
		return false;
	}
	/* The handshake would begin with bytes that the socket no longer has.
	 */
	if ((size_t)(rest - bytes) < had)
		return refuse_connection(
			c, "it begins as one and goes on as something else");
	drop_from_socket(c, bytes, (size_t)(rest - bytes) - had);
	input_buffer_set(&c->worker->input_buffers, &c->input, NULL, 0);
	return true;
}
