/*
 * strftime(3) formats the time once a second; the milliseconds are those of the
 * turn of the loop.
 * SPDX-License-Identifier: MIT
 */
#include "serve/access_values.h"

#include <ev.h>
#include <string.h>
#include <time.h>

#include "common/conf.h"
#include "conn/conn.h"
#include "conn/exchange.h"
#include "conn/peer.h"
#include "conn/request_id.h"
#include "http/decimal.h"
#include "serve/site.h"
#include "tls/tls.h"

static const struct span none = { NULL, 0 };

/* ---- time ---------------------------------------------------------------- */

void
access_clock_set(struct access_clock *clock, uint32_t now)
{
	time_t second = (time_t)now;
	struct tm tm;

	clock->second = now;
	gmtime_r(&second, &tm);
	strftime(clock->iso, sizeof(clock->iso), "%Y-%m-%dT%H:%M:%S", &tm);
	strftime(clock->combined, sizeof(clock->combined),
		"%d/%b/%Y:%H:%M:%S +0000", &tm);
}

/* The clock of the loop may have been stepped since the second was taken. */
static unsigned
find_milliseconds(const struct access_logs *logs)
{
	double past = ev_now(*logs->loop) - (double)*logs->second;

	return past >= 0 && past < 1 ? (unsigned)(past * 1000) : 0;
}

char *
access_put_time(struct access_logs *logs, char *to)
{
	enum { LEN = sizeof("2026-11-23T04:01:00") - 1 };
	unsigned ms = find_milliseconds(logs);

	to = span_put(to, (struct span){ access_clock_read(logs)->iso, LEN });
	*to++ = '.';
	*to++ = (char)('0' + ms / 100);
	*to++ = (char)('0' + ms / 10 % 10);
	*to++ = (char)('0' + ms % 10);
	*to++ = 'Z';
	return to;
}

/* ---- the request --------------------------------------------------------- */

struct span
access_method(const struct exchange *x)
{
	return x->site == NULL ? none : request_method(&x->request);
}

struct span
access_target(const struct exchange *x)
{
	return x->site == NULL ? none
			       : request_span(&x->request, x->request.target);
}

struct span
access_protocol(const struct exchange *x)
{
	const struct request *r = &x->request;

	if (x->site == NULL)
		return none;
	if (r->is_http2)
		return SPAN("HTTP/2.0");
	return r->minor == 0 ? SPAN("HTTP/1.0") : SPAN("HTTP/1.1");
}

struct span
access_scheme(const struct exchange *x)
{
	return x->is_https ? SPAN("https") : SPAN("http");
}

/* Also of a request that has been given none. */
struct span
access_request_id(const struct exchange *x)
{
	if (x->request_id.at != NULL || x->site == NULL)
		return x->request_id;
	return request_id_find(&x->request);
}

static bool
is_hex(const char *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!((p[i] >= '0' && p[i] <= '9') ||
			    (p[i] >= 'a' && p[i] <= 'f')))
			return false;
	return true;
}

/* "00-TRACE-PARENT-FLAGS" (W3C Trace Context 3.2); later versions may append
 * more. */
static bool
is_traceparent(struct span s)
{
	enum { LEN = 55, TRACE_AT = 3, PARENT_AT = 36, FLAGS_AT = 53 };
	static const char zeros[] = "00000000000000000000000000000000";

	if (s.len < LEN || s.at[2] != '-' || s.at[PARENT_AT - 1] != '-' ||
		s.at[FLAGS_AT - 1] != '-')
		return false;
	if (s.len > LEN && (s.at[LEN] != '-' || memcmp(s.at, "00", 2) == 0))
		return false;
	return is_hex(s.at, 2) && memcmp(s.at, "ff", 2) != 0 &&
	       is_hex(s.at + TRACE_AT, 32) && is_hex(s.at + PARENT_AT, 16) &&
	       is_hex(s.at + FLAGS_AT, 2) &&
	       memcmp(s.at + TRACE_AT, zeros, 32) != 0 &&
	       memcmp(s.at + PARENT_AT, zeros, 16) != 0;
}

struct span
access_trace_id(const struct exchange *x)
{
	struct span value;

	if (x->site == NULL)
		return none;
	value = request_find_only(&x->request, SPAN("traceparent"));
	if (value.at == NULL || !is_traceparent(value))
		return none;
	return (struct span){ value.at + 3, 32 };
}

/* ---- what served it ------------------------------------------------------ */

struct span
access_site(const struct exchange *x)
{
	const char *const *hosts;

	if (x->site == NULL)
		return none;
	hosts = x->site->conf->hosts;
	return hosts == NULL || hosts[0] == NULL ? SPAN("*")
						 : span_of(hosts[0]);
}

struct span
access_route(const struct exchange *x)
{
	return x->route == NULL ? none : access_route_text(x->route->conf);
}

/* The text behind the path of a prefix is its '*'. */
struct span
access_route_text(const struct conf_route *conf)
{
	if (conf->pattern.at != NULL)
		return conf->pattern;
	return (struct span){ conf->path.at,
		conf->path.len + (conf->path.at[conf->path.len] == '*') };
}

static struct span
tls_value(const struct exchange *x, const char *(*get)(const struct tls *))
{
	const struct tls *tls = x->conn == NULL ? NULL : x->conn->tls;
	const char *text = tls == NULL ? NULL : get(tls);

	return text == NULL ? none : span_of(text);
}

struct span
access_tls_version(const struct exchange *x)
{
	return tls_value(x, tls_version);
}

struct span
access_tls_name(const struct exchange *x)
{
	return tls_value(x, tls_server_name);
}

struct span
access_tls_client(const struct exchange *x)
{
	return tls_value(x, tls_client_subject);
}

/* ---- by the names of own formats ----------------------------------------- */

static struct span
made_number(char *made, uint64_t n)
{
	return (struct span){ made, (size_t)(decimal_put(made, n) - made) };
}

static struct span
made_address(char *made, const struct sockaddr *address)
{
	return (struct span){ made, peer_name(address, made) };
}

_Static_assert((int)PEER_NAME <= (int)ACCESS_VALUE_TEXT, "an address fits");

struct span
access_value(struct access_logs *logs, const struct exchange *x,
	enum log_variable v, char made[ACCESS_VALUE_TEXT])
{
	static struct span (*const get[])(const struct exchange *) = {
		[LOG_VARIABLE_REQUEST] = access_request_line,
		[LOG_VARIABLE_METHOD] = access_method,
		[LOG_VARIABLE_TARGET] = access_target,
		[LOG_VARIABLE_PROTOCOL] = access_protocol,
		[LOG_VARIABLE_SCHEME] = access_scheme,
		[LOG_VARIABLE_REQUEST_ID] = access_request_id,
		[LOG_VARIABLE_TRACE_ID] = access_trace_id,
		[LOG_VARIABLE_SITE] = access_site,
		[LOG_VARIABLE_ROUTE] = access_route,
		[LOG_VARIABLE_TLS_VERSION] = access_tls_version,
		[LOG_VARIABLE_TLS_NAME] = access_tls_name,
		[LOG_VARIABLE_TLS_CLIENT] = access_tls_client,
		[LOG_VARIABLE_STATUS] = NULL,
	};

	if (v >= LOG_VARIABLE_FIRST_LATE)
		return none;
	if (get[v] != NULL)
		return get[v](x);
	switch (v) {
	case LOG_VARIABLE_TIME:
		return (struct span){ made,
			(size_t)(access_put_time(logs, made) - made) };
	case LOG_VARIABLE_TIME_LOCAL:
		return access_time_combined(logs);
	case LOG_VARIABLE_CLIENT:
		return made_address(made, x->client);
	case LOG_VARIABLE_PEER:
		return made_address(made, x->peer);
	case LOG_VARIABLE_HOST:
		return access_field(x, FIELD_HOST);
	case LOG_VARIABLE_REFERER:
		return access_field(x, FIELD_REFERER);
	case LOG_VARIABLE_USER_AGENT:
		return access_field(x, FIELD_USER_AGENT);
	case LOG_VARIABLE_WORKER:
		return made_number(made, logs->worker);
	case LOG_VARIABLE_GENERATION:
		return made_number(made, logs->generation);
	case LOG_VARIABLE_STATUS:
		return made_number(made, (uint64_t)x->status);
	default:
		return none;
	}
}
