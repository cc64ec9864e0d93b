/*
 * One request head: its tokens, and the verdict on it.  Tokens are offsets
 * into the head's bytes, so that the head may move.
 * SPDX-License-Identifier: MIT
 */
#ifndef REQUEST_H
#define REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/conf.h"
#include "common/span.h"
#include "field.h"

enum { REQUEST_FIELDS = 250, REQUEST_NO_LENGTH = -1 };

/* RFC 9110 9.1 and RFC 5789; any other method is answered 501. */
enum method {
	METHOD_UNKNOWN,
	METHOD_GET,
	METHOD_HEAD,
	METHOD_POST,
	METHOD_PUT,
	METHOD_DELETE,
	METHOD_CONNECT,
	METHOD_OPTIONS,
	METHOD_TRACE,
	METHOD_PATCH,
};

/* Bytes of the head. */
struct piece {
	uint16_t at, len;
};

struct request_field {
	struct piece name, value; /* value without the spaces around it */
	uint8_t id;               /* enum field_id */
	bool is_plain; /* nothing but name, colon, spaces, value, CRLF */
};

struct request {
	const char *head;
	size_t head_len; /* with the empty line */

	enum method method;
	int minor; /* of HTTP/1.minor: 0 or 1 */
	struct piece target;
	unsigned nfields;
	struct request_field fields[REQUEST_FIELDS];
	uint8_t count[FIELD_KNOWN]; /* field lines with this name */
	uint8_t first[FIELD_KNOWN]; /* index of the first one */

	/* The verdict's findings. */
	int64_t content_length; /* or REQUEST_NO_LENGTH */
	bool is_chunked;
	bool wants_close; /* the client's last request */
	bool expects_continue;
	struct span host;  /* name without port, as sent; empty in 1.0 */
	struct span path;  /* decoded, normalised; "*" for OPTIONS * */
	struct span query; /* as sent, without '?'; empty */
};

static inline struct span
request_span(const struct request *r, struct piece p)
{
	return (struct span){ r->head + p.at, p.len };
}

/* The value of the first field line with this name; at is NULL without. */
static inline struct span
request_value(const struct request *r, enum field_id id)
{
	if (r->count[id] == 0)
		return (struct span){ NULL, 0 };
	return request_span(r, r->fields[r->first[id]].value);
}

/* As sent. */
static inline struct span
request_method(const struct request *r)
{
	return (struct span){ r->head, r->target.at - (size_t)1 };
}

static inline bool
request_has_body(const struct request *r)
{
	return r->is_chunked || r->content_length > 0;
}

/*
 * The value of the n-th field line with this name, from 0, whatever its case;
 * at is NULL: none.  For names that field.h does not know.
 */
struct span request_find(const struct request *, struct span name, unsigned n);

/* The method's name in a head; METHOD_UNKNOWN when it is none of ours. */
enum method method_find(struct span name);

/*
 * All values of a field as one list (RFC 9110 5.3), joined with ", " in the
 * arena where there is more than one line; at is NULL without the field, or
 * when the arena is at its limit.
 */
struct span request_list(const struct request *, enum field_id, struct arena *);

/*
 * The verdict of RFC 9112 and RFC 9110 on a head that http1_parse() has
 * taken apart: 0, or the status of the refusal.  Fills the findings.  The
 * arena holds the path where it had to be decoded.
 */
int request_check(struct request *, const struct conf_limits *, struct arena *);

/* Copies the head to the arena, so that the request outlives the input. */
void request_keep(struct request *, struct arena *);

#endif
