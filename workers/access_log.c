/*
 * What the request says is put into words at once, since its bytes may be
 * gone when the answer has left; how much of the answer was sent, and how long
 * it took, is known only then.  So a record is a line with a gap.
 * SPDX-License-Identifier: MIT
 */
#include "access_log.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "api/request_id.h"
#include "common/conf.h"
#include "common/slot.h"
#include "exchange.h"
#include "peer.h"
#include "site.h"
#include "worker.h"

struct access_record {
	struct access_record *next;
	struct span before, after; /* of the gap */
	uint64_t content, end;     /* places in the output */
	uint64_t earlier;          /* bytes of content, of outputs before */
	bool is_cut;
	int64_t began; /* microseconds, monotonic */
};

enum { GAP = 64 };

static bool
is_off(const struct exchange *x)
{
	return x->is_admin || x->worker->access_sink.kind == SINK_OFF ||
	       (x->route != NULL && x->route->conf->quiet);
}

static int64_t
now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* ---- text that a client wrote ------------------------------------------- */

/* Length of the UTF-8 sequence at p; 0: none (RFC 3629 4). */
static size_t
utf8_length(const unsigned char *p, size_t len)
{
	size_t n = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;

	if (p[0] < 0xc2 || p[0] > 0xf4 || n > len)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
		(p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
		return 0;
	return n;
}

static bool
is_safe(unsigned char c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

/* Escaped as both formats take it: JSON's \u00XX, and \xXX. */
static char *
put_escaped(char *to, struct span s, enum conf_log_format format)
{
	const unsigned char *p = (const unsigned char *)s.at;
	size_t left = s.len, n;

	for (; left > 0; p += n, left -= n) {
		n = 1;
		if (is_safe(*p)) {
			*to++ = (char)*p;
		} else if (format == CONF_LOG_JSON &&
			   (n = utf8_length(p, left)) > 0) {
			memcpy(to, p, n);
			to += n;
		} else {
			n = 1;
			to += sprintf(to,
				format == CONF_LOG_JSON ? "\\u%04x" : "\\x%02X",
				*p);
		}
	}
	return to;
}

static char *
put(char *to, struct span s)
{
	memcpy(to, s.at, s.len);
	return to + s.len;
}

#define PUT(to, literal) put(to, SPAN(literal))

/* ---- the parts of a line ------------------------------------------------ */

/* What was asked, as far as it was understood. */
static struct span
request_line(const struct exchange *x)
{
	const struct request *r = &x->request;
	const char *eol;

	if (x->site == NULL)
		return SPAN("-");
	eol = memchr(r->head, '\r', r->head_len);
	return (struct span){ r->head, (size_t)(eol - r->head) };
}

static struct span
value_of(const struct exchange *x, enum field_id id)
{
	return x->site == NULL ? (struct span){ NULL, 0 }
			       : request_value(&x->request, id);
}

static char *
put_value(char *to, const struct exchange *x, enum field_id id)
{
	struct span s = value_of(x, id);

	if (s.at == NULL)
		return PUT(to, "-");
	return put_escaped(to, s, CONF_LOG_COMBINED);
}

static size_t
longest_line(const struct exchange *x)
{
	enum { FIXED = 768, WORST = 6 }; /* "\u00XX" */

	return FIXED +
	       WORST * (request_line(x).len + value_of(x, FIELD_REFERER).len +
			       value_of(x, FIELD_USER_AGENT).len +
			       value_of(x, FIELD_HOST).len);
}

/* client - - [time] "request" status GAP "referer" "agent" */
static char *
put_combined(struct exchange *x, char *to, struct access_record *record)
{
	time_t second = (time_t)x->worker->second;
	struct tm tm;
	char *from = to;

	to += peer_name(x->client, to);
	gmtime_r(&second, &tm);
	to += strftime(to, 64, " - - [%d/%b/%Y:%H:%M:%S +0000] \"", &tm);
	to = put_escaped(to, request_line(x), CONF_LOG_COMBINED);
	to += sprintf(to, "\" %d ", x->status);
	record->before = (struct span){ from, (size_t)(to - from) };
	from = to;
	to = PUT(to, " \"");
	to = put_value(to, x, FIELD_REFERER);
	to = PUT(to, "\" \"");
	to = put_value(to, x, FIELD_USER_AGENT);
	to = PUT(to, "\"\n");
	record->after = (struct span){ from, (size_t)(to - from) };
	return to;
}

static char *
put_member(char *to, const char *name, struct span value)
{
	to += sprintf(to, ",\"%s\":", name);
	if (value.at == NULL)
		return PUT(to, "null");
	*to++ = '"';
	to = put_escaped(to, value, CONF_LOG_JSON);
	*to++ = '"';
	return to;
}

/* "GET /path HTTP/1.1" in three. */
static char *
put_request_members(struct exchange *x, char *to)
{
	const struct request *r = &x->request;
	struct span none = { NULL, 0 }, method = none, target = none;

	if (x->site != NULL) {
		target = request_span(r, r->target);
		method = (struct span){ r->head, r->target.at - (size_t)1 };
	}
	to = put_member(to, "method", method);
	to = put_member(to, "target", target);
	to = put_member(to, "protocol",
		x->site == NULL ? none
		: r->minor == 0 ? SPAN("HTTP/1.0")
				: SPAN("HTTP/1.1"));
	return put_member(to, "host", value_of(x, FIELD_HOST));
}

/* The proxy that spoke for the client. */
static char *
put_peer(char *to, const struct exchange *x)
{
	to = PUT(to, ",\"peer\":\"");
	to += peer_name(x->peer, to);
	*to++ = '"';
	return to;
}

/* Also of a request that no module sees. */
static struct span
request_id(const struct exchange *x)
{
	if (x->request_id.at != NULL || x->site == NULL)
		return x->request_id;
	return request_id_find(&x->request);
}

static char *
put_json(struct exchange *x, char *to, struct access_record *record)
{
	time_t second = (time_t)x->worker->second;
	struct tm tm;
	char *from = to;

	gmtime_r(&second, &tm);
	to += strftime(to, 64, "{\"time\":\"%Y-%m-%dT%H:%M:%SZ\"", &tm);
	to = PUT(to, ",\"client\":\"");
	to += peer_name(x->client, to);
	*to++ = '"';
	if (x->client != x->peer)
		to = put_peer(to, x);
	to = put_request_members(x, to);
	to = put_member(to, "referer", value_of(x, FIELD_REFERER));
	to = put_member(to, "user_agent", value_of(x, FIELD_USER_AGENT));
	to = put_member(to, "request_id", request_id(x));
	to += sprintf(to, ",\"status\":%d,", x->status);
	record->before = (struct span){ from, (size_t)(to - from) };
	record->after = SPAN("}\n");
	return to;
}

/* ---- records ------------------------------------------------------------ */

void
access_log_request(struct exchange *x)
{
	if (!is_off(x))
		x->began = now_us();
}

void
access_log_content(struct exchange *x)
{
	struct access_record *record;
	char *line;

	if (is_off(x))
		return;
	record = arena_alloc(&x->arena, sizeof(*record));
	line = arena_alloc(&x->arena, longest_line(x));
	if (record == NULL || line == NULL)
		return;
	*record = (struct access_record){ .content = x->output.queued,
		.began = x->began };
	if (x->worker->conf->log.access_format == CONF_LOG_JSON)
		put_json(x, line, record);
	else
		put_combined(x, line, record);
	x->record = record;
}

void
access_log_end(struct exchange *x)
{
	struct access_record *record;

	if (x->is_admin)
		return;
	x->worker->slot->by_class[x->status / 100]++;
	x->worker->slot->requests++;
	if (is_off(x) || (record = x->record) == NULL)
		return;
	x->record = NULL;
	record->end = x->output.queued;
	if (x->last_record == NULL)
		x->first_record = record;
	else
		x->last_record->next = record;
	x->last_record = record;
}

void
access_log_cut(struct exchange *x)
{
	if (x->record != NULL)
		x->record->is_cut = true;
	access_log_end(x);
}

void
access_log_sent(struct exchange *x)
{
	struct access_record *record = x->record;

	if (record == NULL)
		return;
	record->earlier += x->output.sent - record->content;
	record->content = 0;
}

static void
write_record(
	struct exchange *x, const struct access_record *record, int64_t now)
{
	struct sink *sink = &x->worker->access_sink;
	uint64_t sent = x->output.sent, bytes = 0;
	size_t most = record->before.len + GAP + record->after.len;
	char *line = sink_reserve(sink, most), *to = line;

	if (line == NULL)
		return;
	if (sent > record->content)
		bytes = (sent < record->end ? sent : record->end) -
			record->content;
	bytes += record->earlier;
	to = put(to, record->before);
	if (x->worker->conf->log.access_format == CONF_LOG_JSON)
		to += sprintf(to,
			"\"bytes\":%" PRIu64 ",\"duration_us\":%" PRId64
			",\"complete\":%s",
			bytes, now - record->began,
			sent >= record->end && !record->is_cut ? "true"
							       : "false");
	else
		to += sprintf(to, "%" PRIu64, bytes);
	to = put(to, record->after);
	sink_commit(sink, (size_t)(to - line));
}

void
access_log_flush(struct exchange *x)
{
	bool all = output_is_empty(&x->output);
	struct access_record *record = x->first_record;
	int64_t now = record == NULL ? 0 : now_us();

	for (; record != NULL && (all || record->end <= x->output.sent);
		record = record->next)
		write_record(x, record, now);
	x->first_record = record;
	if (record == NULL)
		x->last_record = NULL;
}
