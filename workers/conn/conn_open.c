/*
 * The beginning of a connection: from a socket to its first bytes.
 * SPDX-License-Identifier: MIT
 */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/slot.h"
#include "conn/client_limit.h"
#include "conn/conn.h"
#include "conn/http2_service.h"
#include "conn/peer.h"
#include "conn/websocket_adopt.h"
#include "conn/worker_state.h"
#include "tls/tls.h"

_Static_assert(CONF_PROXY_OPTIONAL < 1 << 2 && CONF_HTTP_2 < 6,
	"struct conn has two bits for the one, six for a mask of the other");

/* Returns NULL, and closes the socket, when the table is full. */
static struct conn *
make_any(struct worker *w, int fd, const struct sockaddr *peer, bool is_admin)
{
	struct conn *c = conn_table_take(&w->conns, is_admin);

	if (c == NULL) {
		close(fd);
		return NULL;
	}
	memset(c, 0, sizeof(*c));
	c->worker = w;
	memcpy(&c->peer, peer, sizeof(c->peer));
	ev_io_init(&c->io, conn_on_event, fd, 0);
	c->io.data = c;
	c->is_admin = is_admin;
	return c;
}

/* Like make_any(), for a connection that is counted. */
static struct conn *
make_conn(struct worker *w, int fd, const struct sockaddr *peer)
{
	struct conn *c = make_any(w, fd, peer, false);

	if (c == NULL) {
		w->slot->refused[SLOT_REFUSED_LIMIT]++;
		return NULL;
	}
	c->is_counted = true;
	w->slot->connections++;
	w->slot->gauges.by_state[SLOT_CONN_READING]++;
	return c;
}

void
conn_open(struct worker *w, int fd, const struct sockaddr *peer,
	const struct conf_listen *from)
{
	struct conn *c = make_conn(w, fd, peer);

	w->slot->accepted++;
	if (c == NULL)
		return;
	c->proxy = (uint8_t)from->proxy_protocol;
	c->protocols = (uint8_t)from->protocols;
	if (c->proxy != CONF_PROXY_OFF || client_limit_admit(c, NULL, 0))
		conn_read(c);
}

void
conn_open_tls(struct worker *w, int fd, const struct sockaddr *peer,
	enum conf_proxy proxy, struct tls_address *address)
{
	struct conn *c = make_conn(w, fd, peer);

	w->slot->accepted++;
	if (c == NULL)
		return;
	c->proxy = (uint8_t)proxy;
	c->tls = tls_new(address, fd);
	if (c->tls == NULL)
		conn_close(c, "no memory for TLS");
	else if (c->proxy != CONF_PROXY_OFF || client_limit_admit(c, NULL, 0))
		conn_handshake(c);
}

void
conn_open_admin(struct worker *w, int fd, const struct sockaddr *peer)
{
	struct conn *c = make_any(w, fd, peer, true);

	if (c != NULL)
		conn_read(c);
}

void
conn_open_canary(struct worker *w, int fd, const struct sockaddr *peer)
{
	struct conn *c = make_any(w, fd, peer, false);

	if (c != NULL)
		conn_read(c);
}

static void
adopt_http2(struct conn *c, const struct conn_past *past)
{
	struct worker *w = c->worker;
	char name[PEER_NAME];

	if (!w->http2->adopt(c, past->http2, past->since)) {
		peer_name(&c->peer.any, name);
		log_warnx(&w->log,
			"closed %s: it was handed over in a state that HTTP/2 "
			"does not know",
			name);
		conn_close(c, NULL);
	} else if (c->state == CONN_HTTP2_IDLE) {
		deadline_arm_since(&w->conns.waits[CONN_WAIT_HTTP2_IDLE],
			&c->deadline, past->since);
	}
}

void
conn_adopt(struct worker *w, int fd, const struct sockaddr *peer,
	const struct conn_past *past)
{
	enum conn_state was = past->input.len > 0 ? CONN_READ_HEAD : CONN_IDLE;
	struct conn *c = make_conn(w, fd, peer);

	if (c == NULL)
		return;
	c->requests = past->requests;
	c->proxy = (uint8_t)past->proxy;
	c->protocols = (uint8_t)past->protocols;
	c->is_tls = past->is_tls;
	if (c->proxy == CONF_PROXY_OFF)
		client_limit_count(c);
	if (past->http2 != NULL) {
		adopt_http2(c, past);
		return;
	}
	if (past->websocket != NULL) {
		websocket_adopt(c, past->websocket);
		return;
	}
	input_buffer_set(
		&w->input_buffers, &c->input, past->input.at, past->input.len);
	conn_read(c);
	/* No request has arrived: the idle time continues. */
	if (c->state == was && c->requests == past->requests)
		deadline_arm_since(&w->conns.waits[conn_steps[was].wait],
			&c->deadline, past->since);
}
