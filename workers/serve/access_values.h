/*
 * What a line of the access log says of a request, value by value.
 * SPDX-License-Identifier: MIT
 */
#ifndef ACCESS_VALUES_H
#define ACCESS_VALUES_H

#include "common/log_variable.h"
#include "common/span.h"
#include "conn/exchange.h"
#include "serve/access_logs.h"

enum { ACCESS_VALUE_TEXT = 64 };

/*
 * Each returns the value as the client sent it, to be escaped; at is NULL where
 * there is none.  The text of some is made in the given bytes.
 */
struct span access_value(struct access_logs *, const struct exchange *,
	enum log_variable, char made[ACCESS_VALUE_TEXT]);
struct span access_method(const struct exchange *);
struct span access_target(const struct exchange *);
struct span access_protocol(const struct exchange *);
struct span access_scheme(const struct exchange *);
struct span access_request_id(const struct exchange *);
struct span access_trace_id(const struct exchange *); /* W3C traceparent */
struct span access_site(const struct exchange *);     /* "*": any host */
struct span access_route(const struct exchange *);    /* as in the file */
struct span access_route_text(const struct conf_route *);
struct span access_tls_version(const struct exchange *);
struct span access_tls_name(const struct exchange *);
struct span access_tls_client(const struct exchange *);

/* Without a site the head was not understood. */
static inline struct span
access_field(const struct exchange *x, enum field_id id)
{
	return x->site == NULL ? (struct span){ NULL, 0 }
			       : request_value(&x->request, id);
}

static inline struct span
access_request_line(const struct exchange *x)
{
	enum { VERSION_LEN = sizeof(" HTTP/1.1") - 1 };
	const struct request *r = &x->request;

	if (x->site == NULL)
		return (struct span){ NULL, 0 };
	return (struct span){ r->head,
		r->target.at + r->target.len + (size_t)VERSION_LEN };
}

void access_clock_set(struct access_clock *, uint32_t second);

static inline const struct access_clock *
access_clock_read(struct access_logs *logs)
{
	if (logs->clock.second != *logs->second)
		access_clock_set(&logs->clock, *logs->second);
	return &logs->clock;
}

/* The time of day, as combined lines and as all others have it. */
static inline struct span
access_time_combined(struct access_logs *logs)
{
	enum { LEN = sizeof("23/Nov/2026:04:01:00 +0000") - 1 };

	return (struct span){ access_clock_read(logs)->combined, LEN };
}

char *access_put_time(struct access_logs *, char *to); /* 24 bytes */

#endif
