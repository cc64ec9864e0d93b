/*
 * The library only decodes fields: the whole of RFC 9113 8.2 to 8.5 is checked
 * here, and limits.  Pseudo fields are checked octet by octet where the request
 * is refused, to tell a malformed one from another: what is accepted has passed
 * request_check(), which is stricter.
 * SPDX-License-Identifier: MIT
 */
#include "http2/http2_request.h"

#include <assert.h>
#include <string.h>

#include "common/arena.h"
#include "common/conf.h"
#include "http/field.h"
#include "http/http1_partial.h"
#include "http/octet.h"
#include "http/request.h"
#include "http2/http2_field.h"

enum {
	FIRST_SIZE = 512,
	FIELD_OVERHEAD = 32,    /* RFC 9113 6.5.2 */
	FAR_BEYOND = 4,         /* times the limit of the field list */
	PIECE_MAX = UINT16_MAX, /* struct piece */
	LINE_MORE = 4,          /* ": " and CRLF */
	LAST_LINE = 2,          /* the CRLF behind all lines */
};

static const struct span version = SPAN(" HTTP/2.0\r\n");

void
http2_request_init(struct http2_request *h, struct request *r, struct arena *a,
	const struct conf_limits *limits)
{
	memset(h, 0, offsetof(struct http2_request, values));
	h->request = r;
	h->arena = a;
	h->limits = limits;
	h->length = REQUEST_NO_LENGTH;
	r->nfields = 0;
	r->fields = r->few;
	r->is_websocket = false;
	memset(r->count, 0, sizeof(r->count));
}

/* ---- text ---------------------------------------------------------------- */

/* Grows in place as long as nothing else was allocated meanwhile. */
static void
grow_text(struct http2_text *t, struct arena *a, size_t len)
{
	size_t more = t->size == 0 ? FIRST_SIZE : t->size;
	char *at;

	while (t->size + more < t->len + len)
		more *= 2;
	at = arena_alloc(a, more);
	if (t->size == 0) {
		t->at = at;
	} else if (at != t->at + t->size) {
		at = arena_alloc(a, t->size + more);
		assert(at != NULL);
		memcpy(at, t->at, t->len);
		t->at = at;
	}
	assert(at != NULL);
	t->size += more;
}

static inline void
make_room(struct http2_text *t, struct arena *a, size_t len)
{
	if (t->size - t->len < len)
		grow_text(t, a, len);
}

/* There is room. */
static inline void
put_text(struct http2_text *t, struct span s)
{
	t->len = (size_t)(span_put(t->at + t->len, s) - t->at);
}

/* A pseudo field that is missing is an empty span at NULL. */
static void
append_text(struct http2_text *t, struct arena *a, struct span s)
{
	if (s.len == 0)
		return;
	make_room(t, a, s.len);
	put_text(t, s);
}

static struct span
copy_span(struct http2_request *h, struct span s)
{
	char *copy = arena_alloc(h->arena, s.len + 1);

	assert(copy != NULL);
	memcpy(copy, s.at, s.len);
	return (struct span){ copy, s.len };
}

static enum http2_request_result
refuse_malformed(struct http2_request *h, const char *rule)
{
	h->request->broken_rule = rule;
	return HTTP2_REQUEST_MALFORMED;
}

/* ---- fields -------------------------------------------------------------- */

/* Why a line of len bytes is not added. */
static int
refuse_line(struct http2_request *h, size_t len)
{
	struct request *r = h->request;

	if ((int64_t)len > h->limits->field)
		return request_refuse(r, 431, HTTP1_LONG_FIELD);
	if (r->nfields == REQUEST_FIELDS ||
		(int64_t)r->nfields >= h->limits->fields)
		return request_refuse(r, 431, HTTP1_TOO_MANY_FIELDS);
	return request_refuse(r, 431, HTTP1_LONG_HEAD);
}

static void
grow_fields(struct request *r, struct arena *a)
{
	struct request_field *all =
		arena_alloc(a, REQUEST_FIELDS * sizeof(all[0]));

	assert(all != NULL);
	r->fields = memcpy(all, r->few, sizeof(r->few));
}

static void
add_line(struct http2_request *h, enum field_id id, struct span name,
	struct span value)
{
	struct request *r = h->request;
	struct http2_text *head = &h->head;
	struct request_field *f;

	if (r->nfields == REQUEST_FIELDS ||
		(int64_t)r->nfields >= h->limits->fields ||
		(int64_t)(name.len + value.len) + 2 > h->limits->field ||
		head->len + name.len + value.len + LINE_MORE + LAST_LINE >
			PIECE_MAX) {
		h->status = refuse_line(h, name.len + value.len + 2);
		return;
	}
	if (r->nfields == REQUEST_FEW)
		grow_fields(r, h->arena);
	make_room(head, h->arena, name.len + value.len + LINE_MORE);
	f = &r->fields[r->nfields];
	f->id = (uint8_t)id;
	f->is_plain = true;
	f->name = (struct piece){ (uint16_t)head->len, (uint16_t)name.len };
	put_text(head, name);
	put_text(head, SPAN(": "));
	f->value = (struct piece){ (uint16_t)head->len, (uint16_t)value.len };
	put_text(head, value);
	put_text(head, SPAN("\r\n"));
	if (r->count[id]++ == 0)
		r->first[id] = (uint8_t)r->nfields;
	r->nfields++;
}

/* RFC 8441 4. */
static bool
is_websocket(const struct http2_request *h)
{
	return span_is(h->method, SPAN("CONNECT")) &&
	       span_is(h->protocol, SPAN("websocket"));
}

/* The pseudo fields have come: writes the request line, and Host. */
static void
begin_head(struct http2_request *h)
{
	struct span target = h->path;
	size_t line;

	if (target.len == 0)
		target = h->authority; /* of CONNECT */
	h->request->is_websocket = is_websocket(h);
	if (h->request->is_websocket)
		h->method = SPAN("GET");
	line = h->method.len + 1 + target.len + version.len;
	if ((int64_t)line - 2 > h->limits->request_line) {
		h->status = request_refuse(h->request, 414, HTTP1_LONG_LINE);
		return;
	}
	make_room(&h->head, h->arena, line);
	put_text(&h->head, h->method);
	put_text(&h->head, SPAN(" "));
	h->request->target =
		(struct piece){ (uint16_t)h->head.len, (uint16_t)target.len };
	put_text(&h->head, target);
	put_text(&h->head, version);
	if (h->authority.at != NULL)
		add_line(h, FIELD_HOST, SPAN("host"), h->authority);
}

/* Returns NULL if there is no such pseudo field. */
static struct span *
find_pseudo(struct http2_request *h, struct span name)
{
	switch (name.len) {
	case sizeof(":path") - 1:
		return span_is(name, SPAN(":path")) ? &h->path : NULL;
	case sizeof(":method") - 1:
		if (span_is(name, SPAN(":method")))
			return &h->method;
		return span_is(name, SPAN(":scheme")) ? &h->scheme : NULL;
	case sizeof(":authority") - 1:
		return span_is(name, SPAN(":authority")) ? &h->authority : NULL;
	case sizeof(":protocol") - 1:
		return h->knows_protocol && span_is(name, SPAN(":protocol"))
			       ? &h->protocol
			       : NULL;
	default:
		return NULL;
	}
}

/* Most requests have a value that needs no copy, or one that is short. */
static struct span
keep_value(struct http2_request *h, const struct span *to, struct span value)
{
	char *copy;

	if (to == &h->method && span_is(value, SPAN("GET")))
		return SPAN("GET");
	if (to == &h->scheme && span_is(value, SPAN("http")))
		return SPAN("http");
	if (to == &h->scheme && span_is(value, SPAN("https")))
		return SPAN("https");
	if (value.len > sizeof(h->values) - h->nvalues)
		return copy_span(h, value);
	copy = memcpy(h->values + h->nvalues, value.at, value.len);
	h->nvalues += value.len;
	return (struct span){ copy, value.len };
}

static enum http2_request_result
add_pseudo(struct http2_request *h, struct span name, struct span value)
{
	struct span *to = find_pseudo(h, name);

	if (to == NULL)
		return refuse_malformed(h, "an unknown pseudo field");
	if (to->at != NULL || h->is_past_pseudo)
		return refuse_malformed(
			h, "a pseudo field twice, or behind another field");
	if (value.len == 0 ||
		(to == &h->protocol && !http2_field_is_value(value)))
		return refuse_malformed(h, "a pseudo field without a value");
	*to = keep_value(h, to, value);
	return HTTP2_REQUEST_OK;
}

/* RFC 9113 8.2.3: crumbs of a cookie are joined; an empty one adds nothing, so
 * that the value does not end in white space. */
static void
add_cookie(struct http2_request *h, struct span value)
{
	if (value.len == 0)
		return;
	if (h->cookie.at != NULL)
		append_text(&h->cookie, h->arena, SPAN("; "));
	append_text(&h->cookie, h->arena, value);
}

/* RFC 3986 3.2: what may be part of one at all. */
static bool
is_authority(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!octet_is(s.at[i], OCTET_URL) || s.at[i] == '/' ||
			s.at[i] == '?' || s.at[i] == '#')
			return false;
	return s.len > 0;
}

/* RFC 9113 8.3.1: Host must not name another authority. */
static const char *
check_host(struct http2_request *h, struct span value)
{
	if (h->has_host)
		return "two Host fields";
	h->has_host = true;
	if (h->authority.at == NULL ? !is_authority(value)
				    : !span_is_nocase(value, h->authority))
		return "a Host field that is not the :authority";
	return NULL;
}

/* RFC 9113 8.1.1. */
static const char *
check_length(struct http2_request *h, struct span value)
{
	if (h->length != REQUEST_NO_LENGTH)
		return "two Content-Length fields";
	if (!http2_field_read_length(value, &h->length))
		return "a Content-Length that is not one number";
	return NULL;
}

static const char *
check_field(struct http2_request *h, enum field_id id, struct span name,
	struct span value)
{
	const char *rule = http2_field_check(id, name, value);

	h->is_past_pseudo = true;
	if (rule != NULL)
		return rule;
	if (id == FIELD_HOST)
		return check_host(h, value);
	if (id == FIELD_CONTENT_LENGTH)
		return check_length(h, value);
	if (id == FIELD_COMMON && span_is(name, SPAN("priority")))
		http2_priority_read(&h->priority, value);
	return NULL;
}

static void
add_field(struct http2_request *h, enum field_id id, struct span name,
	struct span value)
{
	if (h->status == 0 && (int64_t)h->list > h->limits->head)
		h->status = request_refuse(h->request, 431, HTTP1_LONG_HEAD);
	if (h->status == 0 && h->head.at == NULL)
		begin_head(h);
	if (h->status != 0)
		return;
	if (id == FIELD_COMMON && span_is(name, SPAN("cookie")))
		add_cookie(h, value);
	else if (id != FIELD_HOST || h->authority.at == NULL)
		add_line(h, id, name, value);
}

enum http2_request_result
http2_request_add(struct http2_request *h, struct span name, struct span value)
{
	enum field_id id;
	const char *rule;

	h->list += name.len + value.len + FIELD_OVERHEAD;
	if ((int64_t)h->list > h->limits->head * FAR_BEYOND)
		return HTTP2_REQUEST_TOO_MUCH;
	if (name.len > 0 && name.at[0] == ':')
		return add_pseudo(h, name, value);
	id = field_find(name);
	rule = check_field(h, id, name, value);
	if (rule != NULL)
		return refuse_malformed(h, rule);
	add_field(h, id, name, value);
	return HTTP2_REQUEST_OK;
}

/* ---- the end ------------------------------------------------------------- */

/* RFC 9113 8.3.1, 8.5, and RFC 8441 4. */
static bool
is_well_formed(const struct http2_request *h)
{
	bool is_connect =
		span_is(h->method, SPAN("CONNECT")) || h->request->is_websocket;

	if (is_connect && h->protocol.at == NULL)
		return h->scheme.at == NULL && h->path.at == NULL &&
		       h->authority.at != NULL;
	if (h->protocol.at != NULL && (!is_connect || h->authority.at == NULL))
		return false;
	if (h->method.at == NULL || h->path.at == NULL ||
		(h->authority.at == NULL && !h->has_host))
		return false;
	if (!span_is_nocase(h->scheme, SPAN("http")) &&
		!span_is_nocase(h->scheme, SPAN("https")))
		return false;
	return h->path.at[0] == '/' ||
	       (span_is(h->path, SPAN("*")) &&
		       span_is(h->method, SPAN("OPTIONS")));
}

/* Whether the request of a method CONNECT is for a tunnel, which has no
 * content (RFC 9110 9.3.6). */
static bool
is_tunnel(const struct http2_request *h)
{
	return h->protocol.at == NULL && span_is(h->method, SPAN("CONNECT"));
}

static bool
is_path(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.at[i] <= ' ' || s.at[i] == '\x7f')
			return false;
	return true;
}

/* Whether the pseudo fields of a request that is refused are well-formed octet
 * by octet. */
static bool
has_allowed_octets(const struct http2_request *h)
{
	return octet_token_length(h->method.at, h->method.len) ==
		       h->method.len &&
	       is_path(h->path) &&
	       (h->authority.at == NULL || is_authority(h->authority));
}

static void
end_head(struct http2_request *h)
{
	struct request *r = h->request;

	append_text(&h->head, h->arena, SPAN("\r\n"));
	/* It was allocated last, unless there are cookies or many fields. */
	if (h->cookie.at == NULL && r->fields == r->few)
		arena_trim(h->arena, h->head.at + h->head.len);
	r->head = h->head.at;
	r->head_len = h->head.len;
	r->minor = 1;
	r->is_http2 = true;
}

/* Returns the status that refuses the request, or 0. */
static int
check_request(struct http2_request *h, bool has_content)
{
	struct request *r = h->request;

	if (h->status == 0 && h->cookie.at != NULL)
		add_line(h, FIELD_COMMON, SPAN("cookie"),
			(struct span){ h->cookie.at, h->cookie.len });
	r->method = method_find(h->method);
	if (h->status != 0)
		return h->status;
	end_head(h);
	r->has_content = has_content && !r->is_websocket;
	return r->method == METHOD_UNKNOWN
		       ? request_refuse(r, 501, "an unknown method")
		       : request_check(r, h->limits, h->arena);
}

enum http2_request_result
http2_request_end(struct http2_request *h, bool has_content, int *status)
{
	int refusal;

	if (h->head.at == NULL && h->status == 0)
		begin_head(h);
	if (!is_well_formed(h))
		return refuse_malformed(
			h, "pseudo fields that do not make up a target");
	if (is_tunnel(h))
		h->length = REQUEST_NO_LENGTH;
	if (!has_content && h->length > 0)
		return refuse_malformed(h, "a Content-Length without content");
	refusal = check_request(h, has_content);
	if (refusal != 0 && !has_allowed_octets(h))
		return refuse_malformed(
			h, "a pseudo field with bytes that are not allowed");
	*status = refusal;
	return HTTP2_REQUEST_OK;
}
