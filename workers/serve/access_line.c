/*
 * printf(3) formats only escaped bytes, and strftime(3) the time once a second:
 * a line costs a tenth of the response.
 * SPDX-License-Identifier: MIT
 */
#include "serve/access_line.h"

#include <stdio.h>
#include <time.h>

#include "common/conf.h"
#include "common/utf8.h"
#include "conn/conn.h"
#include "conn/exchange.h"
#include "conn/peer.h"
#include "conn/request_id.h"
#include "conn/tls.h"
#include "http/decimal.h"
#include "http/octet.h"
#include "serve/serve_state.h"

/* ---- text that a client wrote ------------------------------------------- */

typedef unsigned char block __attribute__((vector_size(16)));

static bool
is_plain_block(const unsigned char *p)
{
	uint64_t halves[2];
	block bytes, is_other;

	memcpy(&bytes, p, sizeof(bytes));
	is_other = (block)((bytes < ' ') | (bytes > '~') | (bytes == '"') |
			   (bytes == '\\'));
	memcpy(halves, &is_other, sizeof(halves));
	return (halves[0] | halves[1]) == 0;
}

/* Counts the bytes from p on that need no escape. */
static size_t
count_plain_bytes(const unsigned char *p, size_t len)
{
	size_t n = 0;

	while (len - n >= sizeof(block) && is_plain_block(p + n))
		n += sizeof(block);
	while (n < len && octet_is((char)p[n], OCTET_PLAIN))
		n++;
	return n;
}

/*
 * Writes a character of several bytes in JSON: controls and marks of direction,
 * which are below U+10000, as \uXXXX. Returns its bytes; 0: it is not UTF-8.
 */
static size_t
put_character(char **to, const char *p, size_t left)
{
	size_t n = utf8_length(p, left);
	const unsigned char *b = (const unsigned char *)p;

	if (n > 1 && utf8_is_control(p, n))
		*to += sprintf(*to, "\\u%04x",
			n == 2 ? (b[0] & 0x1fu) << 6 | (b[1] & 0x3fu)
			       : (b[0] & 0xfu) << 12 | (b[1] & 0x3fu) << 6 |
					 (b[2] & 0x3fu));
	else
		*to = mempcpy(*to, p, n);
	return n;
}

/*
 * Writes s with control bytes, quotes and bytes that are not ASCII escaped: as
 * \u00XX in JSON, which keeps valid UTF-8, and as \xXX else.
 */
static char *
put_escaped(char *to, struct span s, enum conf_log_format format)
{
	const unsigned char *p = (const unsigned char *)s.at;
	size_t left = s.len, n;

	for (; left > 0; p += n, left -= n) {
		n = count_plain_bytes(p, left);
		if (n > 0) {
			to = mempcpy(to, p, n);
			continue;
		}
		if (*p >= 0x80 && format == CONF_LOG_JSON)
			n = put_character(&to, (const char *)p, left);
		if (n > 0)
			continue;
		n = 1;
		to += sprintf(to,
			format == CONF_LOG_JSON ? "\\u%04x" : "\\x%02X", *p);
	}
	return to;
}

/* ---- the parts of a line ------------------------------------------------ */

/* Returns the request line, or "-" where it was not understood. */
static struct span
request_line_of(const struct exchange *x)
{
	static const char version[] = " HTTP/1.1";
	const struct request *r = &x->request;

	if (x->site == NULL)
		return SPAN("-");
	return (struct span){ r->head,
		r->target.at + r->target.len + sizeof(version) - 1 };
}

static struct span
field_value_of(const struct exchange *x, enum field_id id)
{
	return x->site == NULL ? (struct span){ NULL, 0 }
			       : request_value(&x->request, id);
}

static char *
put_value(char *to, const struct exchange *x, enum field_id id)
{
	struct span s = field_value_of(x, id);

	if (s.at == NULL)
		return SPAN_PUT(to, "-");
	return put_escaped(to, s, CONF_LOG_COMBINED);
}

/* Returns a value of the client's TLS; at is NULL where there is none. */
static struct span
tls_value(const struct exchange *x, const char *(*get)(const struct tls *))
{
	const struct tls *tls = x->conn == NULL ? NULL : x->conn->tls;
	const char *text = tls == NULL ? NULL : get(tls);

	return text == NULL ? (struct span){ NULL, 0 } : span_of(text);
}

static size_t
line_size_limit(const struct exchange *x)
{
	enum { FIXED = 832, WORST = 6 }; /* "\u00XX" */

	return FIXED + WORST * tls_value(x, tls_server_name).len +
	       WORST * tls_value(x, tls_client_subject).len +
	       WORST * (request_line_of(x).len +
			       field_value_of(x, FIELD_REFERER).len +
			       field_value_of(x, FIELD_USER_AGENT).len +
			       field_value_of(x, FIELD_HOST).len);
}

/*
 * Formats what stands between the start of the line and the client (JSON), or
 * between the client and the request line (combined).
 */
static void
write_time(struct access_clock *clock, enum conf_log_format format)
{
	time_t second = (time_t)clock->second;
	size_t size = sizeof(clock->text), len;
	struct tm tm;

	gmtime_r(&second, &tm);
	if (format == CONF_LOG_JSON)
		len = strftime(clock->text, size,
			"{\"time\":\"%Y-%m-%dT%H:%M:%SZ\",\"client\":\"", &tm);
	else
		len = strftime(clock->text, size,
			" - - [%d/%b/%Y:%H:%M:%S +0000] \"", &tm);
	clock->time = (struct span){ clock->text, len };
}

static struct span
formatted_time(struct worker *w)
{
	struct access_clock *clock = &w->serve->access_clock;

	if (clock->second != w->second) {
		clock->second = w->second;
		write_time(clock, w->conf->log.access_format);
	}
	return clock->time;
}

/* client - - [time] "request" status GAP "referer" "agent" */
static char *
put_combined(struct exchange *x, char *to, struct access_line *line)
{
	char *from = to;

	to += peer_name(x->client, to);
	to = span_put(to, formatted_time(x->worker));
	to = put_escaped(to, request_line_of(x), CONF_LOG_COMBINED);
	to = SPAN_PUT(to, "\" ");
	to = decimal_put(to, (uint64_t)x->status);
	*to++ = ' ';
	line->before = (struct span){ from, (size_t)(to - from) };
	from = to;
	to = SPAN_PUT(to, " \"");
	to = put_value(to, x, FIELD_REFERER);
	to = SPAN_PUT(to, "\" \"");
	to = put_value(to, x, FIELD_USER_AGENT);
	to = SPAN_PUT(to, "\"\n");
	line->after = (struct span){ from, (size_t)(to - from) };
	return to;
}

static char *
put_value_json(char *to, struct span value)
{
	if (value.at == NULL)
		return SPAN_PUT(to, "null");
	*to++ = '"';
	to = put_escaped(to, value, CONF_LOG_JSON);
	*to++ = '"';
	return to;
}

#define MEMBER(to, name, value)                                                \
	put_value_json(SPAN_PUT(to, ",\"" name "\":"), value)

/* Writes "GET /path HTTP/1.1" as three members. */
static char *
put_request_members(struct exchange *x, char *to)
{
	const struct request *r = &x->request;
	struct span none = { NULL, 0 }, method = none, target = none;

	if (x->site != NULL) {
		target = request_span(r, r->target);
		method = (struct span){ r->head, r->target.at - (size_t)1 };
	}
	to = MEMBER(to, "method", method);
	to = MEMBER(to, "target", target);
	to = MEMBER(to, "protocol",
		x->site == NULL ? none
		: r->is_http2   ? SPAN("HTTP/2.0")
		: r->minor == 0 ? SPAN("HTTP/1.0")
				: SPAN("HTTP/1.1"));
	return MEMBER(to, "host", field_value_of(x, FIELD_HOST));
}

/* Writes the address of the proxy that forwarded the request. */
static char *
put_peer(char *to, const struct exchange *x)
{
	to = SPAN_PUT(to, ",\"peer\":\"");
	to += peer_name(x->peer, to);
	*to++ = '"';
	return to;
}

static char *
put_tls_members(char *to, const struct exchange *x)
{
	to = MEMBER(to, "tls_version", tls_value(x, tls_version));
	to = MEMBER(to, "tls_name", tls_value(x, tls_server_name));
	return MEMBER(to, "tls_client", tls_value(x, tls_client_subject));
}

/* Returns the request ID, also for a request that no module handles. */
static struct span
find_request_id(const struct exchange *x)
{
	if (x->request_id.at != NULL || x->site == NULL)
		return x->request_id;
	return request_id_find(&x->request);
}

static char *
put_json(struct exchange *x, char *to, struct access_line *line)
{
	char *from = to;

	to = span_put(to, formatted_time(x->worker));
	to += peer_name(x->client, to);
	*to++ = '"';
	if (x->client != x->peer)
		to = put_peer(to, x);
	to = put_request_members(x, to);
	to = MEMBER(to, "referer", field_value_of(x, FIELD_REFERER));
	to = MEMBER(to, "user_agent", field_value_of(x, FIELD_USER_AGENT));
	to = MEMBER(to, "request_id", find_request_id(x));
	if (x->conn != NULL && x->conn->tls != NULL)
		to = put_tls_members(to, x);
	to = SPAN_PUT(to, ",\"status\":");
	to = decimal_put(to, (uint64_t)x->status);
	*to++ = ',';
	line->before = (struct span){ from, (size_t)(to - from) };
	line->after = SPAN("}\n");
	return to;
}

struct access_line
access_line_make(struct exchange *x)
{
	struct access_line line = { { NULL, 0 }, { NULL, 0 } };
	char *from = arena_alloc(&x->arena, line_size_limit(x)), *to;

	if (from == NULL)
		return line;
	if (x->worker->conf->log.access_format == CONF_LOG_JSON)
		to = put_json(x, from, &line);
	else
		to = put_combined(x, from, &line);
	arena_trim(&x->arena, to);
	return line;
}
