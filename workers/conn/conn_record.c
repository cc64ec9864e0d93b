/*
 * Numbers are in the byte order of the machine: both programs run on it.
 * SPDX-License-Identifier: MIT
 */
#include "conn/conn_record.h"

#include <stddef.h>
#include <string.h>

enum {
	HTTP1_VERSION = 1,
	HTTP2_VERSION = 1,
	WEBSOCKET_VERSION = 2,  /* 1 had no bus_number */
	DEFLATE_VERSION = 3,    /* of a WebSocket with window_bits */
	WINDOW_MAX = INT32_MAX, /* RFC 9113 6.9.1 */
	WINDOW_FIRST = 65535,   /* of a connection */
	FRAME_MIN = 16384,      /* RFC 9113 6.5.2 */
	FRAME_MAX = 16777215,
	WINDOW_BITS_MIN = 9, /* RFC 7692 7.1.2.1; zlib makes none of 8 */
	WINDOW_BITS_MAX = 15,
};

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

/* The head, the ID, the protocol and the state follow, up to the end. */
struct websocket_state {
	uint32_t requests;
	uint32_t state_version;
	int64_t began_ns;
	uint64_t bus_number;
	uint32_t head_len;
	uint32_t state_len;
	uint16_t id_len;
	uint16_t protocol_len;
	uint32_t window_bits; /* 0 in version 2 */
};

/* The members before the resets are all of 32 bits, and are written as they
 * are; nresets of those follow, and then the input up to the end. */
enum { HTTP2_STATE = offsetof(struct conn_record_http2, resets) };

_Static_assert(HTTP2_STATE == 17 * sizeof(uint32_t),
	"the fixed part of the state has no gap");
_Static_assert(sizeof(struct head) + HTTP2_STATE +
			       CONN_RECORD_RESETS * sizeof(uint32_t) +
			       CONN_RECORD_INPUT <
		       CHANNEL_TEXT,
	"every connection of HTTP/2 fits a message of its own");
_Static_assert(sizeof(struct head) == 48 && sizeof(struct http1_state) == 8 &&
		       sizeof(struct websocket_state) == 40 &&
		       CHANNEL_VERSION == 2,
	"another record is another version of the channel");
_Static_assert(
	sizeof(((struct conn_record *)0)->peer) == sizeof(struct sockaddr_in6),
	"every address of a client fits a record");

static char *
put_bytes(char *to, const void *bytes, size_t len)
{
	if (len > 0)
		memcpy(to, bytes, len);
	return to + len;
}

static size_t
size_of_state(const struct conn_record *r)
{
	if (r->type == CONN_RECORD_HTTP2)
		return HTTP2_STATE + r->http2.nresets * sizeof(uint32_t) +
		       r->http2.input.len;
	if (r->type == CONN_RECORD_WEBSOCKET)
		return sizeof(struct websocket_state) + r->websocket.head.len +
		       r->websocket.request_id.len + r->websocket.protocol.len +
		       r->websocket.state.len;
	return sizeof(struct http1_state) + r->http1.input.len;
}

static char *
put_http1(char *to, const struct conn_record_http1 *r)
{
	const struct http1_state state = { .requests = r->requests,
		.protocols = r->protocols };

	to = put_bytes(to, &state, sizeof(state));
	return put_bytes(to, r->input.at, r->input.len);
}

static char *
put_http2(char *to, const struct conn_record_http2 *r)
{
	to = put_bytes(to, r, HTTP2_STATE);
	to = put_bytes(to, r->resets, r->nresets * sizeof(uint32_t));
	return put_bytes(to, r->input.at, r->input.len);
}

static char *
put_websocket(char *to, const struct conn_record_websocket *r)
{
	const struct websocket_state state = { .requests = r->requests,
		.state_version = r->state_version,
		.began_ns = r->began_ns,
		.bus_number = r->bus_number,
		.head_len = (uint32_t)r->head.len,
		.state_len = (uint32_t)r->state.len,
		.id_len = (uint16_t)r->request_id.len,
		.protocol_len = (uint16_t)r->protocol.len,
		.window_bits = r->window_bits };

	to = put_bytes(to, &state, sizeof(state));
	to = put_bytes(to, r->head.at, r->head.len);
	to = put_bytes(to, r->request_id.at, r->request_id.len);
	to = put_bytes(to, r->protocol.at, r->protocol.len);
	return put_bytes(to, r->state.at, r->state.len);
}

static uint16_t
version_of(const struct conn_record *r)
{
	switch (r->type) {
	case CONN_RECORD_HTTP2:
		return HTTP2_VERSION;
	case CONN_RECORD_WEBSOCKET:
		return r->websocket.window_bits > 0 ? DEFLATE_VERSION
						    : WEBSOCKET_VERSION;
	default:
		return HTTP1_VERSION;
	}
}

static char *
put_state(char *to, const struct conn_record *r)
{
	switch (r->type) {
	case CONN_RECORD_HTTP2:
		return put_http2(to, &r->http2);
	case CONN_RECORD_WEBSOCKET:
		return put_websocket(to, &r->websocket);
	default:
		return put_http1(to, &r->http1);
	}
}

bool
conn_record_add(struct channel_message *m, const struct conn_record *r, int fd)
{
	size_t size = size_of_state(r);
	struct head head = { .type = (uint16_t)r->type,
		.version = version_of(r),
		.size = (uint32_t)size,
		.since = r->since,
		.proxy = (uint16_t)r->proxy,
		.is_tls = r->is_tls };
	char *to = m->text + m->len;

	if (m->nfds == CHANNEL_FDS ||
		sizeof(head) + size >= CHANNEL_TEXT - m->len)
		return false;
	memcpy(&head.peer, &r->peer, sizeof(r->peer));
	to = put_bytes(to, &head, sizeof(head));
	to = put_state(to, r);
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

/* What a server may be told, and what our side keeps to. */
static bool
is_http2_possible(const struct conn_record_http2 *r)
{
	return r->enable_push <= 1 && r->no_rfc7540_priorities <= 1 &&
	       r->initial_window_size <= WINDOW_MAX &&
	       r->max_frame_size >= FRAME_MIN &&
	       r->max_frame_size <= FRAME_MAX && r->send_window <= WINDOW_MAX &&
	       r->receive_window >= WINDOW_FIRST &&
	       r->receive_window <= WINDOW_MAX &&
	       r->control_tokens <= WINDOW_MAX &&
	       r->window_tokens <= WINDOW_MAX && r->reset_tokens <= WINDOW_MAX;
}

/* Streams of a client have odd identifiers (RFC 9113 5.1.1); only a response
 * makes the window smaller than it is at first. */
static bool
has_possible_ids(const struct conn_record_http2 *r)
{
	if (r->highest_id == 0)
		return r->last_id == 0 && r->nresets == 0 &&
		       r->send_window >= WINDOW_FIRST;
	return r->highest_id <= INT32_MAX && r->highest_id % 2 == 1 &&
	       r->last_id <= r->highest_id &&
	       (r->last_id == 0 || r->last_id % 2 == 1);
}

static enum conn_record_result
read_http2(struct span state, struct conn_record *r)
{
	struct conn_record_http2 *s = &r->http2;
	size_t size;

	if (state.len < HTTP2_STATE)
		return CONN_RECORD_MALFORMED;
	memcpy(s, state.at, HTTP2_STATE);
	if (s->nresets > CONN_RECORD_RESETS)
		return CONN_RECORD_MALFORMED;
	size = s->nresets * sizeof(uint32_t);
	if (size > state.len - HTTP2_STATE)
		return CONN_RECORD_MALFORMED;
	memcpy(s->resets, state.at + HTTP2_STATE, size);
	size += HTTP2_STATE;
	s->input = (struct span){ state.at + size, state.len - size };
	if (s->input.len > CONN_RECORD_INPUT || !is_http2_possible(s) ||
		!has_possible_ids(s))
		return CONN_RECORD_MALFORMED;
	return CONN_RECORD_OK;
}

/* Takes len bytes from the start of a state; at is NULL if it is shorter. */
static struct span
take_bytes(struct span *state, size_t len)
{
	struct span taken = { state->at, len };

	if (len > state->len)
		return (struct span){ NULL, 0 };
	state->at += len;
	state->len -= len;
	return taken;
}

static enum conn_record_result
read_websocket(struct span state, struct conn_record *r)
{
	struct conn_record_websocket *to = &r->websocket;
	struct websocket_state s;

	if (state.len < sizeof(s))
		return CONN_RECORD_MALFORMED;
	memcpy(&s, take_bytes(&state, sizeof(s)).at, sizeof(s));
	*to = (struct conn_record_websocket){ .requests = s.requests,
		.state_version = s.state_version,
		.began_ns = s.began_ns < 0 ? 0 : s.began_ns,
		.bus_number = s.bus_number,
		.window_bits = s.window_bits,
		.head = take_bytes(&state, s.head_len),
		.request_id = take_bytes(&state, s.id_len),
		.protocol = take_bytes(&state, s.protocol_len),
		.state = take_bytes(&state, s.state_len) };
	if (to->head.at == NULL || to->request_id.at == NULL ||
		to->protocol.at == NULL || to->state.at == NULL ||
		state.len > 0 || to->head.len == 0 ||
		(s.window_bits != 0 &&
			(s.window_bits < WINDOW_BITS_MIN ||
				s.window_bits > WINDOW_BITS_MAX)) ||
		to->protocol.len > CONN_RECORD_PROTOCOL ||
		to->state.len > CONN_RECORD_STATE)
		return CONN_RECORD_MALFORMED;
	return CONN_RECORD_OK;
}

static const struct {
	uint16_t version, newest; /* newest 0: version only */
	enum conn_record_result (*read)(struct span, struct conn_record *);
} types[CONN_RECORD_TYPES] = {
	[CONN_RECORD_HTTP1] = { HTTP1_VERSION, 0, read_http1 },
	[CONN_RECORD_HTTP2] = { HTTP2_VERSION, 0, read_http2 },
	[CONN_RECORD_WEBSOCKET] = { WEBSOCKET_VERSION, DEFLATE_VERSION,
		read_websocket },
};

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
	if (head.type >= CONN_RECORD_TYPES || types[head.type].read == NULL ||
		(head.version != types[head.type].version &&
			head.version != types[head.type].newest) ||
		head.version == 0)
		return CONN_RECORD_UNKNOWN;
	if (!is_address(&r->peer.any) || head.proxy > CONF_PROXY_OPTIONAL)
		return CONN_RECORD_MALFORMED;
	return types[head.type].read(state, r);
}
