/*
 * One request head: its tokens and what request_check() derives from them.
 * Tokens are offsets into the head, so that the head may be moved.
 * SPDX-License-Identifier: MIT
 */
#ifndef REQUEST_H
#define REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/conf.h"
#include "common/span.h"
#include "http/field.h"

enum {
	REQUEST_FIELDS = 250, /* lines of the largest head */
	REQUEST_FEW = 32,     /* of most heads */
	REQUEST_NO_LENGTH = -1
};

/* Methods of RFC 9110 9.1 and RFC 5789; any other is answered with 501. */
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

/* Bytes of the head, as offset and length. */
struct piece {
	uint16_t at, len;
};

struct request_field {
	struct piece name, value; /* the value has no white space around it */
	uint8_t id;               /* enum field_id */
	/* the line consists of name, colon, white space, value and CRLF only */
	bool is_plain;
};

struct request {
	const char *head;
	size_t head_len; /* bytes, including the empty line */

	enum method method;
	int minor; /* 0 or 1, of HTTP/1.minor; 1 with HTTP/2 */
	bool is_http2;
	bool has_content; /* HTTP/2: DATA follows the head */
	/* HTTP/2: a CONNECT for a WebSocket (RFC 8441 4), shown as a GET */
	bool is_websocket;
	struct piece target;
	unsigned nfields;
	/* The array few or, for more lines than it has, http1.c's own until
	 * request_check() has copied them to the arena. */
	struct request_field *fields;
	const struct request_field *fields_end; /* while it is parsed */
	uint8_t count[FIELD_KNOWN]; /* number of field lines per id */
	uint8_t first[FIELD_KNOWN]; /* index of the first field line per id */

	/* The members below are filled by request_check(). */
	int64_t content_length; /* bytes, or REQUEST_NO_LENGTH */
	bool is_chunked;
	/* the connection is to be closed after the response */
	bool wants_close;
	bool expects_continue;
	bool is_https_target;   /* the target is an absolute https URL */
	bool has_encoded_slash; /* path contains PATH_SLASH */
	/* name without port, as sent; may be empty in HTTP/1.0 */
	struct span host;
	struct span path;  /* decoded and normalised; "*" for OPTIONS * */
	struct span query; /* as sent, without '?'; empty when there is none */

	/* The rule that it broke, in words for the log: "two Host fields". Set
	 * where it is refused, else not meaningful. */
	const char *broken_rule;

	struct request_field few[REQUEST_FEW]; /* last: copied in part */
};

/* Notes the rule that the request broke; returns the status that refuses it. */
static inline int
request_refuse(struct request *r, int status, const char *rule)
{
	r->broken_rule = rule;
	return status;
}

static inline struct span
request_span(const struct request *r, struct piece p)
{
	return (struct span){ r->head + p.at, p.len };
}

/*
 * Returns the value of the first field line with this id; at is NULL when there
 * is none.
 */
static inline struct span
request_value(const struct request *r, enum field_id id)
{
	if (r->count[id] == 0)
		return (struct span){ NULL, 0 };
	return request_span(r, r->fields[r->first[id]].value);
}

/*
 * Returns the value of the field line with this id if there is one alone; else
 * at is NULL. A date that is given twice is ignored (RFC 9110 13.1.3, 13.1.4).
 */
static inline struct span
request_only_value(const struct request *r, enum field_id id)
{
	if (r->count[id] != 1)
		return (struct span){ NULL, 0 };
	return request_value(r, id);
}

/* Returns the method as sent. */
static inline struct span
request_method(const struct request *r)
{
	return (struct span){ r->head, r->target.at - (size_t)1 };
}

static inline bool
request_has_body(const struct request *r)
{
	return r->is_chunked || r->content_length > 0 || r->has_content;
}

/*
 * Returns the value of the n-th field line with this name, counted from 0, case
 * ignored; at is NULL when there is none. It is for names without an id in
 * field.h.
 */
struct span request_find(const struct request *, struct span name, unsigned n);

/* Returns the value of the only line; at is NULL if there are none or more. */
struct span request_find_only(const struct request *, struct span name);

/*
 * Returns the method of this name, which is case-sensitive; METHOD_UNKNOWN for
 * other names.
 */
enum method method_find(struct span name);

/*
 * Returns the method at the start of a head that may be incomplete or
 * malformed; METHOD_UNKNOWN when it cannot be read.
 */
enum method request_peek_method(struct span bytes);

/*
 * Returns all values of a field as one list (RFC 9110 5.3). Several lines are
 * joined with ", " in the arena. at is NULL when the field is missing.
 */
struct span request_list(const struct request *, enum field_id, struct arena *);

/*
 * Checks a head that http1_parse() has split against RFC 9110 and RFC 9112, and
 * fills the derived members. Returns 0 or the status that refuses it. The arena
 * holds the path where it had to be decoded.
 */
int request_check(struct request *, const struct conf_limits *, struct arena *);

/*
 * Copies the head to the arena, so that the request outlives the input buffer.
 */
void request_keep(struct request *, struct arena *);

#endif
