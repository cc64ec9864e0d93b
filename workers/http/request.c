/*
 * Semantic checks of a request head. Each rule cites the section that requires
 * it; no rule guesses the client's intent.
 * SPDX-License-Identifier: MIT
 */
#include "http/request.h"

#include <assert.h>

#include "http/field_list.h"
#include "http/host.h"
#include "http/octet.h"
#include "http/target.h"

// clang-format off
static const struct {
	struct span name;
	enum method method;
} methods[] = {
	{ SPAN("GET"), METHOD_GET },
	{ SPAN("HEAD"), METHOD_HEAD },
	{ SPAN("POST"), METHOD_POST },
	{ SPAN("PUT"), METHOD_PUT },
	{ SPAN("DELETE"), METHOD_DELETE },
	{ SPAN("CONNECT"), METHOD_CONNECT },
	{ SPAN("OPTIONS"), METHOD_OPTIONS },
	{ SPAN("TRACE"), METHOD_TRACE },
	{ SPAN("PATCH"), METHOD_PATCH },
};
// clang-format on

enum method
method_find(struct span name)
{
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (span_is(name, methods[i].name))
			return methods[i].method;
	return METHOD_UNKNOWN;
}

enum method
request_peek_method(struct span bytes)
{
	size_t len = octet_token_length(bytes.at, bytes.len);

	if (len == bytes.len || bytes.at[len] != ' ')
		return METHOD_UNKNOWN;
	return method_find((struct span){ bytes.at, len });
}

struct span
request_find(const struct request *r, struct span name, unsigned n)
{
	const struct request_field *f = r->fields;

	for (; f < r->fields + r->nfields; f++)
		if (f->name.len == name.len &&
			span_is_nocase(request_span(r, f->name), name) &&
			n-- == 0)
			return request_span(r, f->value);
	return (struct span){ NULL, 0 };
}

struct span
request_find_only(const struct request *r, struct span name)
{
	if (request_find(r, name, 1).at != NULL)
		return (struct span){ NULL, 0 };
	return request_find(r, name, 0);
}

struct span
request_list(const struct request *r, enum field_id id, struct arena *a)
{
	struct span value;
	char *list, *to;

	if (r->count[id] < 2)
		return request_value(r, id);
	/* The list is not longer than the head: ", " is shorter than what
	 * separated the values. */
	list = to = arena_alloc(a, r->head_len);
	assert(list != NULL);
	for (unsigned i = r->first[id]; i < r->nfields; i++) {
		if (r->fields[i].id != id)
			continue;
		value = request_span(r, r->fields[i].value);
		if (to != list)
			to = stpcpy(to, ", ");
		to = mempcpy(to, value.at, value.len);
	}
	return (struct span){ list, (size_t)(to - list) };
}

static int
check_host(struct request *r)
{
	struct span value = request_value(r, FIELD_HOST);
	struct host host = { { "", 0 }, { "", 0 } };
	int status = 0;

	/* Exactly one Host, and always in HTTP/1.1 (RFC 9112 3.2). */
	if (r->count[FIELD_HOST] > 1)
		return request_refuse(r, 400, "two Host fields");
	if (r->count[FIELD_HOST] == 0 && r->minor > 0)
		return request_refuse(r, 400, "no Host field");
	if (r->count[FIELD_HOST] == 1)
		status = host_parse(value, &host);
	r->host = host.name;
	return status == 0 ? 0
			   : request_refuse(r, status,
				     "a Host field that is not a host name");
}

/*
 * Content-Length is one number (RFC 9112 6.3). "5, 5" could be merged, but no
 * well-meaning sender writes it.
 */
static int
check_length(struct request *r)
{
	struct span value = request_value(r, FIELD_CONTENT_LENGTH);
	int64_t length = 0;

	r->content_length = REQUEST_NO_LENGTH;
	if (r->count[FIELD_CONTENT_LENGTH] == 0)
		return 0;
	if (r->count[FIELD_CONTENT_LENGTH] > 1)
		return request_refuse(r, 400, "two Content-Length fields");
	if (value.len == 0)
		return request_refuse(r, 400, "an empty Content-Length");
	for (size_t i = 0; i < value.len; i++) {
		if (value.at[i] < '0' || value.at[i] > '9')
			return request_refuse(r, 400,
				"a Content-Length that is not one number");
		if (length > (INT64_MAX - 9) / 10)
			return request_refuse(
				r, 413, "a Content-Length that is too large");
		length = length * 10 + (value.at[i] - '0');
	}
	r->content_length = length;
	return 0;
}

/*
 * Returns the status for a list of transfer codings that is not "chunked"
 * alone. A body whose last coding is not chunked has no end (RFC 9112 6.3);
 * chunked is applied once (RFC 9112 7); a coding that is not implemented is 501
 * (RFC 9112 6.1).
 */
static int
refuse_codings(struct span list)
{
	struct span coding;
	bool is_chunked = false, has_other = false;

	while (field_list_next(&list, &coding)) {
		if (is_chunked)
			return 400;
		is_chunked = span_is_nocase(coding, SPAN("chunked"));
		has_other = has_other || !is_chunked;
	}
	return is_chunked && has_other ? 501 : 400;
}

/*
 * Content-Length beside Transfer-Encoding is a request smuggling attempt, and
 * HTTP/1.0 has no transfer codings (RFC 9112 6.1).
 */
static int
check_coding(struct request *r)
{
	struct span value = request_value(r, FIELD_TRANSFER_ENCODING);

	r->is_chunked = false;
	if (r->count[FIELD_TRANSFER_ENCODING] == 0)
		return 0;
	if (r->count[FIELD_TRANSFER_ENCODING] > 1)
		return request_refuse(r, 400, "two Transfer-Encoding fields");
	if (r->count[FIELD_CONTENT_LENGTH] > 0)
		return request_refuse(
			r, 400, "Content-Length beside Transfer-Encoding");
	if (r->minor == 0)
		return request_refuse(r, 400, "Transfer-Encoding in HTTP/1.0");
	if (!span_is_nocase(value, SPAN("chunked")))
		return request_refuse(r, refuse_codings(value),
			"a Transfer-Encoding other than chunked");
	r->is_chunked = true;
	return 0;
}

/* True when word, in any case, is an element of the list (RFC 9110 5.6.1). */
static bool
list_has(struct span list, struct span word)
{
	struct span element;

	while (field_list_next(&list, &element))
		if (span_is_nocase(element, word))
			return true;
	return false;
}

/*
 * HTTP/1.1 connections persist unless "close" is sent; HTTP/1.0 connections
 * only with "keep-alive" (RFC 9112 9.3).
 */
static void
check_persistence(struct request *r)
{
	bool close = false, keep = false;

	for (unsigned i = r->first[FIELD_CONNECTION];
		r->count[FIELD_CONNECTION] > 0 && i < r->nfields; i++) {
		struct span value = request_span(r, r->fields[i].value);

		if (r->fields[i].id != FIELD_CONNECTION)
			continue;
		close = close || list_has(value, SPAN("close"));
		keep = keep || list_has(value, SPAN("keep-alive"));
	}
	r->wants_close = close || (r->minor == 0 && !keep);
}

/*
 * 100-continue is the only expectation defined, and HTTP/1.0 has none (RFC 9110
 * 10.1.1).  A list may have empty elements (RFC 9110 5.6.1.2).
 */
static int
check_expect(struct request *r)
{
	struct span list, element, name = SPAN("Expect");

	r->expects_continue = false;
	if (r->count[FIELD_EXPECT] == 0 || r->minor == 0)
		return 0;
	for (unsigned n = 0; (list = request_find(r, name, n)).at != NULL; n++)
		while (field_list_next(&list, &element)) {
			if (!span_is_nocase(element, SPAN("100-continue")))
				return request_refuse(r, 417,
					"an Expect other than 100-continue");
			r->expects_continue = request_has_body(r);
		}
	return 0;
}

/* Copies the fields from where the parser has them. */
static void
keep_fields(struct request *r, struct arena *a)
{
	struct request_field *copy =
		arena_alloc(a, r->nfields * sizeof(r->fields[0]));

	assert(copy != NULL);
	r->fields = memcpy(copy, r->fields, r->nfields * sizeof(copy[0]));
}

int
request_check(
	struct request *r, const struct conf_limits *limits, struct arena *a)
{
	int status;

	if (r->nfields > REQUEST_FEW && !r->is_http2)
		keep_fields(r, a);
	if ((status = check_host(r)) != 0 || (status = check_length(r)) != 0 ||
		(status = check_coding(r)) != 0)
		return status;
	check_persistence(r);
	if ((status = target_check(r, limits, a)) != 0)
		return status;
	return check_expect(r);
}

/* Returns s, moved into the copy where it points into the head. */
static struct span
move_span(struct span s, const struct request *r, const char *to)
{
	if (s.at >= r->head && s.at < r->head + r->head_len)
		s.at = to + (s.at - r->head);
	return s;
}

void
request_keep(struct request *r, struct arena *a)
{
	char *copy = arena_alloc(a, r->head_len);

	assert(copy != NULL);
	memcpy(copy, r->head, r->head_len);
	r->host = move_span(r->host, r, copy);
	r->path = move_span(r->path, r, copy);
	r->query = move_span(r->query, r, copy);
	r->head = copy;
}
