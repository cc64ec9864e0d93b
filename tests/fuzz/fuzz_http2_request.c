/*
 * Lines "name: value" as the fields of an HTTP/2 request. What is accepted is
 * well-formed by a plainer reading of RFC 9113 8.2 and 8.3, and the request is
 * the one that its head means in HTTP/1.1, field by field.
 * SPDX-License-Identifier: MIT
 */
#include "http2/http2_request.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/conf.h"
#include "http/http1.h"
#include "http/octet.h"
#include "http/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct conf_limits limits = {
	.request_line = 512,
	.field = 512,
	.head = 2048,
	.fields = 100,
	.path_depth = 16,
};

/* ---- well-formed fields -------------------------------------------------- */

/* RFC 9113 8.2.2: they belong to a connection of HTTP/1. */
static bool
is_connection_field(struct span name, struct span value)
{
	static const struct span names[] = {
		SPAN("connection"),
		SPAN("keep-alive"),
		SPAN("proxy-connection"),
		SPAN("transfer-encoding"),
		SPAN("upgrade"),
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (span_is(name, names[i]))
			return true;
	return span_is(name, SPAN("te")) &&
	       !span_is_nocase(value, SPAN("trailers"));
}

static bool
is_field_name(struct span name)
{
	if (name.len == 0)
		return false;
	for (size_t i = 0; i < name.len; i++)
		if (!octet_is_tchar(name.at[i]) ||
			(name.at[i] >= 'A' && name.at[i] <= 'Z'))
			return false;
	return true;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool
is_field_value(struct span value)
{
	for (size_t i = 0; i < value.len; i++)
		if (!octet_is_text(value.at[i]))
			return false;
	return value.len == 0 ||
	       !(is_blank(value.at[0]) || is_blank(value.at[value.len - 1]));
}

/* The pseudo fields, each once and in front. */
struct pseudo {
	unsigned seen;
	bool is_over;
	bool is_malformed; /* one of the fields */
};

enum { PATH = 2, PROTOCOL = 4 }; /* among their names below */

static bool
is_pseudo_value(size_t which, struct span value)
{
	if (which == PROTOCOL)
		return value.len > 0 && is_field_value(value);
	for (size_t i = 0; i < value.len; i++)
		if ((unsigned char)value.at[i] <= ' ' || value.at[i] == 0x7f)
			return false;
	return value.len > 0 &&
	       (which >= PATH ||
		       octet_token_length(value.at, value.len) == value.len);
}

static bool
passes_pseudo(struct pseudo *p, struct span name, struct span value)
{
	static const struct span names[] = {
		SPAN(":method"),
		SPAN(":scheme"),
		SPAN(":path"),
		SPAN(":authority"),
		SPAN(":protocol"),
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (span_is(name, names[i])) {
			bool is_first = (p->seen & 1u << i) == 0;

			p->seen |= 1u << i;
			return is_first && !p->is_over &&
			       is_pseudo_value(i, value);
		}
	return false;
}

static bool
is_allowed(struct pseudo *p, struct span name, struct span value)
{
	if (name.len > 0 && name.at[0] == ':')
		return passes_pseudo(p, name, value);
	if (!is_field_name(name) || !is_field_value(value) ||
		is_connection_field(name, value))
		return false;
	p->is_over = true;
	return true;
}

/* ---- the request --------------------------------------------------------- */

static bool
add_line(
	struct http2_request *h, struct pseudo *p, const char *line, size_t len)
{
	const char *colon = len > 1 ? memchr(line + 1, ':', len - 1) : NULL;
	struct span name, value;

	if (colon == NULL || line + len - colon < 2)
		return true;
	name = (struct span){ line, (size_t)(colon - line) };
	value = (struct span){ colon + 2, (size_t)(line + len - colon) - 2 };
	if (!is_allowed(p, name, value))
		p->is_malformed = true;
	return http2_request_add(h, name, value) == HTTP2_REQUEST_OK;
}

/* True if it was accepted. */
static bool
make_request(struct request *r, struct arena *a, const char *bytes, size_t size)
{
	struct http2_request h;
	struct pseudo p = { 0 };
	const char *end;
	int status;

	http2_request_init(&h, r, a, &limits);
	h.knows_protocol = true;
	while (size > 0) {
		end = memchr(bytes, '\n', size);
		if (end == NULL)
			end = bytes + size - 1;
		if (!add_line(&h, &p, bytes, (size_t)(end - bytes)))
			return false;
		size -= (size_t)(end + 1 - bytes);
		bytes = end + 1;
	}
	if (http2_request_end(&h, false, &status) != HTTP2_REQUEST_OK)
		return false;
	assert(!p.is_malformed && (p.seen & 1) != 0);
	return status == 0;
}

static void
assert_same(const struct request *a, const struct request *b)
{
	assert(a->method == b->method);
	assert(a->nfields == b->nfields);
	assert(a->content_length == b->content_length);
	assert(a->expects_continue == b->expects_continue);
	assert(a->has_encoded_slash == b->has_encoded_slash);
	assert(span_is(a->host, b->host));
	assert(span_is(a->path, b->path));
	assert(span_is(a->query, b->query));
	for (unsigned i = 0; i < a->nfields; i++) {
		assert(span_is(request_span(a, a->fields[i].name),
			request_span(b, b->fields[i].name)));
		assert(span_is(request_span(a, a->fields[i].value),
			request_span(b, b->fields[i].value)));
		assert(a->fields[i].id == b->fields[i].id);
	}
}

/* Its head with "HTTP/1.1" in the request line. */
static void
check_as_http1(const struct request *r, struct arena *a)
{
	char *head = malloc(r->head_len), *version;
	struct request again;
	struct http1 h;

	assert(head != NULL);
	memcpy(head, r->head, r->head_len);
	version = head + r->target.at + r->target.len + 1;
	assert(memcmp(version, "HTTP/2.0\r\n", 10) == 0);
	memcpy(version, "HTTP/1.1", 8);
	http1_init(&h);
	assert(http1_parse(&h, &again, head, r->head_len, &limits) == 0);
	assert(again.head_len == r->head_len);
	assert(request_check(&again, &limits, a) == 0);
	assert_same(r, &again);
	free(head);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a, other;
	struct request r;

	arena_init(&a, 4096, 0);
	arena_init(&other, 4096, 0);
	if (make_request(&r, &a, (const char *)data, size))
		check_as_http1(&r, &other);
	arena_fini(&a);
	arena_fini(&other);
	return 0;
}
