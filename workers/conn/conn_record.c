/*
 * Numbers are in the byte order of the machine: both programs run on it.
 * SPDX-License-Identifier: MIT
 */
#include "conn/conn_record.h"

#include <string.h>

enum { HTTP1_VERSION = 1 };

struct head {
	uint16_t type; /* enum conn_record_type */
	uint16_t version;
	uint32_t size; /* bytes of state behind this struct */
	int64_t since;
	struct sockaddr_in6 peer; /* or what else fits; sun_path is left out */
	uint16_t proxy;           /* enum conf_proxy */
	uint16_t is_tls;
};

struct http1_state {
	uint32_t requests;
	uint32_t protocols; /* 0: of an older program */
			    /* the input, up to the end of the state */
};

_Static_assert(sizeof(struct head) == 48 && sizeof(struct http1_state) == 8 &&
		       CHANNEL_VERSION == 2,
	"another record is another version of the channel");
_Static_assert(
	sizeof(((struct conn_record *)0)->peer) == sizeof(struct sockaddr_in6),
	"every address of a client fits a record");

static char *
put(char *to, const void *bytes, size_t len)
{
	if (len > 0)
		memcpy(to, bytes, len);
	return to + len;
}

bool
conn_record_add(struct channel_message *m, const struct conn_record *r, int fd)
{
	const struct http1_state state = { .requests = r->http1.requests,
		.protocols = r->http1.protocols };
	size_t size = sizeof(state) + r->http1.input.len;
	struct head head = { .type = (uint16_t)r->type,
		.version = HTTP1_VERSION,
		.size = (uint32_t)size,
		.since = r->since,
		.proxy = (uint16_t)r->proxy,
		.is_tls = r->is_tls };
	char *to = m->text + m->len;

	if (m->nfds == CHANNEL_FDS ||
		sizeof(head) + size >= CHANNEL_TEXT - m->len)
		return false;
	memcpy(&head.peer, &r->peer, sizeof(r->peer));
	to = put(to, &head, sizeof(head));
	to = put(to, &state, sizeof(state));
	to = put(to, r->http1.input.at, r->http1.input.len);
	m->len = (size_t)(to - m->text);
	m->fds[m->nfds++] = fd;
	return true;
}

static bool
is_address(const struct sockaddr *peer)
{
	return peer->sa_family == AF_INET || peer->sa_family == AF_INET6 ||
	       peer->sa_family == AF_UNIX;
}

static enum conn_record_result
read_http1(struct span state, struct conn_record *r)
{
	struct http1_state s;

	if (state.len < sizeof(s))
		return CONN_RECORD_MALFORMED;
	memcpy(&s, state.at, sizeof(s));
	r->http1 = (struct conn_record_http1){
		.requests = s.requests,
		.protocols = s.protocols,
		.input = { state.at + sizeof(s), state.len - sizeof(s) },
	};
	return CONN_RECORD_OK;
}

enum conn_record_result
conn_record_read(struct span *text, struct conn_record *r)
{
	struct head head;
	struct span state;

	if (text->len < sizeof(head))
		return CONN_RECORD_MALFORMED;
	memcpy(&head, text->at, sizeof(head));
	if (head.size > text->len - sizeof(head))
		return CONN_RECORD_MALFORMED;
	state = (struct span){ text->at + sizeof(head), head.size };
	text->at += sizeof(head) + head.size;
	text->len -= sizeof(head) + head.size;
	*r = (struct conn_record){ .type = (enum conn_record_type)head.type,
		.is_tls = head.is_tls != 0,
		.proxy = (enum conf_proxy)head.proxy,
		.since = head.since < 0 ? 0 : head.since };
	memcpy(&r->peer, &head.peer, sizeof(r->peer));
	if (head.type != CONN_RECORD_HTTP1 || head.version != HTTP1_VERSION)
		return CONN_RECORD_UNKNOWN;
	if (!is_address(&r->peer.any) || head.proxy > CONF_PROXY_OPTIONAL)
		return CONN_RECORD_MALFORMED;
	return read_http1(state, r);
}
