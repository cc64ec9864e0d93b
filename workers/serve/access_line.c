/*
 * SPDX-License-Identifier: MIT
 */
#include "serve/access_line.h"

#include <assert.h>

#include "common/conf_log.h"
#include "conn/conn.h"
#include "conn/exchange.h"
#include "conn/peer.h"
#include "http/decimal.h"
#include "serve/access_values.h"
#include "serve/log_escape.h"

enum {
	GAP = 256, /* bytes of all that is filled in when the response ends */
	NANOSECONDS = 1000,
};

/* ---- combined ------------------------------------------------------------ */

static char *
put_value(char *to, struct span value)
{
	if (value.at == NULL)
		return SPAN_PUT(to, "-");
	return log_escape_put(to, value, false);
}

/* client - - [time] "request" status GAP "referer" "agent" */
static char *
put_combined(struct access_logs *logs, struct exchange *x, char *to,
	struct access_line *line)
{
	char *from = to;

	to += peer_name(x->client, to);
	to = SPAN_PUT(to, " - - [");
	to = span_put(to, access_time_combined(logs));
	to = SPAN_PUT(to, "] \"");
	to = put_value(to, access_request_line(x));
	to = SPAN_PUT(to, "\" ");
	to = decimal_put(to, (uint64_t)x->status);
	*to++ = ' ';
	line->before = (struct span){ from, (size_t)(to - from) };
	from = to;
	to = SPAN_PUT(to, " \"");
	to = put_value(to, access_field(x, FIELD_REFERER));
	to = SPAN_PUT(to, "\" \"");
	to = put_value(to, access_field(x, FIELD_USER_AGENT));
	to = SPAN_PUT(to, "\"\n");
	line->after = (struct span){ from, (size_t)(to - from) };
	return to;
}

/* ---- JSON ---------------------------------------------------------------- */

static char *
put_value_json(char *to, struct span value)
{
	if (value.at == NULL)
		return SPAN_PUT(to, "null");
	*to++ = '"';
	to = log_escape_put(to, value, true);
	*to++ = '"';
	return to;
}

#define MEMBER(to, name, value)                                                \
	put_value_json(SPAN_PUT(to, ",\"" name "\":"), value)
#define NUMBER(to, name, value)                                                \
	decimal_put(SPAN_PUT(to, ",\"" name "\":"), value)

static char *
put_addresses(const struct exchange *x, char *to)
{
	to = SPAN_PUT(to, "\",\"client\":\"");
	to += peer_name(x->client, to);
	if (x->client != x->peer) { /* the proxy that forwarded the request */
		to = SPAN_PUT(to, "\",\"peer\":\"");
		to += peer_name(x->peer, to);
	}
	*to++ = '"';
	return to;
}

static char *
put_tls_members(char *to, const struct exchange *x)
{
	to = MEMBER(to, "tls_version", access_tls_version(x));
	to = MEMBER(to, "tls_name", access_tls_name(x));
	return MEMBER(to, "tls_client", access_tls_client(x));
}

static char *
put_json(struct access_logs *logs, struct exchange *x, char *to,
	struct access_line *line)
{
	char *from = to;

	to = SPAN_PUT(to, "{\"time\":\"");
	to = access_put_time(logs, to);
	to = put_addresses(x, to);
	to = MEMBER(to, "method", access_method(x));
	to = MEMBER(to, "target", access_target(x));
	to = MEMBER(to, "protocol", access_protocol(x));
	to = MEMBER(to, "host", access_field(x, FIELD_HOST));
	to = MEMBER(to, "referer", access_field(x, FIELD_REFERER));
	to = MEMBER(to, "user_agent", access_field(x, FIELD_USER_AGENT));
	to = MEMBER(to, "request_id", access_request_id(x));
	to = MEMBER(to, "trace_id", access_trace_id(x));
	to = MEMBER(to, "scheme", access_scheme(x));
	to = MEMBER(to, "site", access_site(x));
	to = MEMBER(to, "route", access_route(x));
	to = NUMBER(to, "worker", logs->worker);
	to = NUMBER(to, "generation", logs->generation);
	if (x->conn != NULL && x->conn->tls != NULL)
		to = put_tls_members(to, x);
	to = NUMBER(to, "status", (uint64_t)x->status);
	line->before = (struct span){ from, (size_t)(to - from) };
	line->after = SPAN("}\n"); /* part of GAP */
	return to;
}

static char *
put_json_end(char *to, const struct access_end *end)
{
	to = NUMBER(to, "bytes", end->bytes);
	to = NUMBER(
		to, "duration_us", (uint64_t)end->duration_ns / NANOSECONDS);
	to = SPAN_PUT(to, ",\"complete\":");
	to = span_put(to, end->is_complete ? SPAN("true") : SPAN("false"));
	to = NUMBER(to, "ttfb_us", (uint64_t)end->ttfb_ns / NANOSECONDS);
	to = NUMBER(to, "bytes_in", end->bytes_in);
	return MEMBER(to, "end", span_of(end->reason));
}

/* ---- own formats --------------------------------------------------------- */

/* Values are escaped as the format is; one that is missing is "-" in a text,
 * and empty between the quotes of JSON. */
static char *
put_own_value(char *to, struct span value, bool is_json)
{
	if (value.at == NULL)
		return is_json ? to : SPAN_PUT(to, "-");
	return log_escape_put(to, value, is_json);
}

static size_t
own_size(struct access_logs *logs, const struct exchange *x,
	const struct conf_access_log *l)
{
	char made[ACCESS_VALUE_TEXT];
	size_t size = 1; /* the newline */

	for (size_t i = 0; i < l->npieces; i++)
		size += l->pieces[i].text.len +
			(l->pieces[i].variable < LOG_VARIABLE_FIRST_LATE
					? 1 + LOG_ESCAPE_WORST *
							  access_value(logs, x,
								  l->pieces[i]
									  .variable,
								  made)
								  .len
					: 0);
	return size;
}

/* Puts the early values into the texts between the late ones. */
static char *
put_own(struct access_logs *logs, struct exchange *x, char *to,
	const struct conf_access_log *l, struct access_part *parts,
	size_t *nparts)
{
	char made[ACCESS_VALUE_TEXT], *from = to;
	struct access_part *part = parts;

	for (size_t i = 0; i < l->npieces; i++) {
		const struct conf_log_piece *piece = &l->pieces[i];

		to = span_put(to, piece->text);
		if (piece->variable < LOG_VARIABLE_FIRST_LATE)
			to = put_own_value(to,
				access_value(logs, x, piece->variable, made),
				l->is_json);
		if (piece->variable < LOG_VARIABLE_FIRST_LATE ||
			piece->variable == LOG_VARIABLES)
			continue;
		*part++ = (struct access_part){ { from, (size_t)(to - from) },
			piece->variable };
		from = to;
	}
	*to++ = '\n';
	*part++ = (struct access_part){ { from, (size_t)(to - from) },
		LOG_VARIABLES };
	*nparts = (size_t)(part - parts);
	return to;
}

static void
make_own(struct access_logs *logs, struct exchange *x,
	const struct conf_access_log *l, struct access_line *line)
{
	struct access_part *parts =
		arena_alloc(&x->arena, (l->npieces + 1) * sizeof(*parts));
	char *from, *to;

	from = arena_alloc(&x->arena, own_size(logs, x, l));
	assert(parts != NULL && from != NULL);
	to = put_own(logs, x, from, l, parts, &line->nparts);
	arena_trim(&x->arena, to);
	line->parts = parts;
	line->size = (size_t)(to - from) + line->nparts * ACCESS_VALUE_TEXT;
}

/* Seconds with three digits, or microseconds. */
static char *
put_seconds(char *to, int64_t ns)
{
	uint64_t ms = (uint64_t)ns / 1000000;

	to = decimal_put(to, ms / 1000);
	*to++ = '.';
	*to++ = (char)('0' + ms / 100 % 10);
	*to++ = (char)('0' + ms / 10 % 10);
	*to++ = (char)('0' + ms % 10);
	return to;
}

static char *
put_late(char *to, enum log_variable v, const struct access_end *end)
{
	switch (v) {
	case LOG_VARIABLE_BYTES:
		return decimal_put(to, end->bytes);
	case LOG_VARIABLE_BYTES_IN:
		return decimal_put(to, end->bytes_in);
	case LOG_VARIABLE_DURATION:
		return put_seconds(to, end->duration_ns);
	case LOG_VARIABLE_DURATION_US:
		return decimal_put(
			to, (uint64_t)end->duration_ns / NANOSECONDS);
	case LOG_VARIABLE_TTFB:
		return put_seconds(to, end->ttfb_ns);
	case LOG_VARIABLE_TTFB_US:
		return decimal_put(to, (uint64_t)end->ttfb_ns / NANOSECONDS);
	case LOG_VARIABLE_COMPLETE:
		return span_put(
			to, end->is_complete ? SPAN("true") : SPAN("false"));
	case LOG_VARIABLE_END:
		return span_put(to, span_of(end->reason));
	default:
		return to;
	}
}

/* ---- a line -------------------------------------------------------------- */

static size_t
line_size_limit(const struct exchange *x)
{
	enum { FIXED = 256 };

	return FIXED + LOG_ESCAPE_WORST *
			       (access_request_line(x).len +
				       access_field(x, FIELD_REFERER).len +
				       access_field(x, FIELD_USER_AGENT).len);
}

/* What only JSON has. */
static size_t
json_size_limit(const struct exchange *x)
{
	enum { FIXED = 1024 };

	return FIXED +
	       LOG_ESCAPE_WORST *
		       (access_field(x, FIELD_HOST).len + access_site(x).len +
			       access_route(x).len + access_tls_name(x).len +
			       access_tls_client(x).len);
}

void
access_line_make(struct access_logs *logs, struct exchange *x,
	const struct conf_access_log *l, struct access_line *line)
{
	size_t size = line_size_limit(x);
	char *from, *to;

	if (l->format == CONF_LOG_OWN) {
		make_own(logs, x, l, line);
		return;
	}
	if (l->format == CONF_LOG_JSON)
		size += json_size_limit(x);
	from = arena_alloc(&x->arena, size);
	assert(from != NULL);
	if (l->format == CONF_LOG_JSON)
		to = put_json(logs, x, from, line);
	else
		to = put_combined(logs, x, from, line);
	line->size = (size_t)(to - from) + GAP;
	arena_trim(&x->arena, to);
}

char *
access_line_put(char *to, const struct access_line *line,
	const struct conf_access_log *l, const struct access_end *end)
{
	if (l->format == CONF_LOG_JSON) {
		to = span_put(to, line->before);
		return span_put(put_json_end(to, end), line->after);
	}
	for (size_t i = 0; i < line->nparts; i++)
		to = put_late(span_put(to, line->parts[i].text),
			line->parts[i].late, end);
	return to;
}
