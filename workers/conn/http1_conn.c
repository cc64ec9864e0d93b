/*
 * HTTP/1 on a connection: finds heads and content in its input.  A head is
 * processed when it is complete, content as it arrives.
 * SPDX-License-Identifier: MIT
 */
#include "conn/http1_conn.h"

#include "common/conf.h"
#include "conn/conn.h"
#include "conn/exchange.h"
#include "conn/exchange_life.h"
#include "conn/http1_response.h"
#include "conn/run_queue.h"
#include "conn/websocket_adopt.h"
#include "conn/worker_state.h"
#include "http/http1.h"
#include "tls/tls.h"

#define PROXY_RULE                                                             \
	"a PROXY protocol header, which this address does not read: remove "   \
	"send-proxy, or set listen[].proxy_protocol"

static const struct conf_limits *
limits_of(const struct conn *c)
{
	return &c->worker->conf->limits;
}

/* ---- for the exchange --------------------------------------------------- */

static bool
is_last_response(const struct exchange *x)
{
	const struct conn *c = x->conn;
	int64_t most = limits_of(c)->requests_per_connection;

	return x->request.wants_close || x->worker->is_full ||
	       (most > 0 && c->requests >= most) ||
	       (x->worker->state > WORKER_SERVING && conn_must_close(c)) ||
	       (c->tls != NULL && tls_must_close(c->tls));
}

static void
mark_progress(struct exchange *x)
{
	x->conn->has_progress = true;
}

static void
resume_conn(struct exchange *x)
{
	run_queue_add(x->conn);
}

static bool
will_resume_conn(const struct exchange *x)
{
	return x->conn->is_queued;
}

static void
close_conn(struct exchange *x, const char *why)
{
	conn_close(x->conn, why);
}

static int64_t
handler_since(const struct exchange *x)
{
	return x->conn->state == CONN_HANDLE ? x->conn->deadline.since : -1;
}

static const char *
describe_conn(const struct exchange *x)
{
	return conn_doing(x->conn);
}

#define LIFE                                                                   \
	.is_last = is_last_response, .on_end = mark_progress,                  \
	.resume = resume_conn, .will_resume = will_resume_conn,                \
	.close = close_conn, .handler_since = handler_since,                   \
	.doing = describe_conn

const struct exchange_protocol http1_protocol = {
	.switch_status = 101,
	.send_head = http1_send_head,
	.send_file_head = http1_send_file_head,
	.send_interim = http1_send_interim,
	.send_switch = http1_send_switch,
	LIFE,
};

const struct exchange_protocol http1_restored_protocol = {
	.switch_status = 101,
	.is_restored = true,
	.send_head = websocket_adopt_refuse,
	.send_file_head = websocket_adopt_refuse_file,
	.send_interim = websocket_adopt_skip_interim,
	.send_switch = websocket_adopt_skip_switch,
	LIFE,
};

/* ---- content ------------------------------------------------------------ */

static void
start_body(struct exchange *x)
{
	const struct request *r = &x->request;

	if (r->is_chunked)
		body_start_chunked(&x->body);
	else if (r->content_length > 0)
		body_start_length(&x->body, (uint64_t)r->content_length);
}

static size_t
take_body(struct exchange *x, const char *bytes, size_t len)
{
	struct span content;
	size_t used;
	int status;

	if (x->is_paused)
		return 0;
	status = body_take(&x->body, bytes, len, &used, &content);
	if (status != 0) {
		exchange_spoil(
			x, request_refuse(&x->request, status,
				   status == 400 ? "a malformed chunk"
						 : "chunk extensions or "
						   "trailers that are too "
						   "long"));
		return 0;
	}
	x->stats.counters->bytes_in += used;
	if (content.len > 0)
		exchange_take_content(x, content);
	exchange_end_content(x);
	return used;
}

/* ---- head --------------------------------------------------------------- */

/* RFC 9112 2.2: an empty line or two before a request line is skipped. */
static size_t
skip_blank(struct conn *c, const char *bytes, size_t len)
{
	enum { MOST = 4 };

	if (len < 2 || bytes[0] != '\r' || bytes[1] != '\n')
		return 0;
	if (++c->empty_lines > MOST) {
		request_stats_begin(c->exchange);
		exchange_refuse(c->exchange,
			request_refuse(&c->exchange->request, 400,
				"empty lines before the request line"));
	}
	return 2;
}

/* Returns HTTP1_PARTIAL, 0, or the status that refuses the head. */
static int
read_head(struct conn *c, const char *bytes, size_t len)
{
	struct exchange *x = c->exchange;

	if (c->scanned > 0 && !http1_is_whole(bytes, len, &c->scanned)) {
		int status = http1_check_partial(
			bytes, len, limits_of(c), &x->request.broken_rule);

		return status == 0 ? HTTP1_PARTIAL : status;
	}
	return http1_read(&c->worker->http1, &x->request, bytes, len,
		limits_of(c), &x->arena);
}

/* Returns the name of another protocol that begins with these bytes, or NULL.
 */
static const char *
name_protocol(const char *bytes, size_t len)
{
	static const struct {
		struct span start;
		const char *rule;
	} rows[] = {
		{ SPAN("\x16\x03"),
			"a TLS handshake at an address without TLS" },
		{ SPAN("PROXY "), PROXY_RULE },
		{ SPAN("\0\r\nQUIT\n"), PROXY_RULE }, /* after two CRLF */
		{ SPAN("SSH-"), "the greeting of SSH" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (len >= rows[i].start.len &&
			memcmp(bytes, rows[i].start.at, rows[i].start.len) == 0)
			return rows[i].rule;
	return NULL;
}

/* Logs which other protocol a client speaks, since such a client cannot read
 * the 400 that it gets. */
static void
note_protocol(struct request *r, const char *bytes, size_t len)
{
	const char *rule = name_protocol(bytes, len);

	if (rule != NULL)
		r->broken_rule = rule;
}

static size_t
take_head(struct conn *c, const char *bytes, size_t len)
{
	struct exchange *x = c->exchange;
	size_t skipped;
	int status;

	if (x->npipelined >= limits_of(c)->pipelined || !exchange_has_room(x))
		return 0;
	if ((skipped = skip_blank(c, bytes, len)) > 0)
		return skipped;
	status = read_head(c, bytes, len);
	if (status == HTTP1_PARTIAL) {
		c->scanned = (uint32_t)len;
		return 0;
	}
	c->scanned = c->empty_lines = 0;
	c->has_progress = true;
	x->npipelined++;
	request_stats_begin(x);
	if (status != 0) {
		note_protocol(&x->request, bytes, len);
		x->request.method =
			request_peek_method((struct span){ bytes, len });
		exchange_refuse(x, status);
		x->stats.counters->bytes_in += len;
		return len;
	}
	c->requests++;
	start_body(x);
	exchange_begin(x, len > x->request.head_len);
	return x->request.head_len;
}

static size_t
take_bytes(struct exchange *x, struct span bytes)
{
	size_t used = exchange_take_bytes(x, bytes);

	/* The tunnel may have ended the connection; used is 0 then. */
	if (used > 0)
		x->stats.counters->bytes_in += used;
	return used;
}

size_t
http1_input(struct conn *c, const char *bytes, size_t len)
{
	struct exchange *x = c->exchange;

	switch (x->phase) {
	case EXCHANGE_HEAD:
		return take_head(c, bytes, len);
	case EXCHANGE_BODY:
		return take_body(x, bytes, len);
	case EXCHANGE_TUNNEL:
		return take_bytes(x, (struct span){ bytes, len });
	default:
		return 0;
	}
}
