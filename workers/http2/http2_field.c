/*
 * Most names are known: of those only the case of their letters is open.
 * SPDX-License-Identifier: MIT
 */
#include "http2/http2_field.h"

#include "http/octet.h"
#include "http/request.h"
#include "http/text_scan.h"

/* The name is a known one in any case, which is letters, digits and hyphens. */
static bool
has_capital(struct span name)
{
	enum { COLUMNS = 0x60, CAPITALS = 0x40 };

	for (size_t i = 0; i < name.len; i++)
		if ((name.at[i] & COLUMNS) == CAPITALS)
			return true;
	return false;
}

static bool
is_name(struct span name)
{
	for (size_t i = 0; i < name.len; i++)
		if (!octet_is_tchar(name.at[i]) ||
			(name.at[i] >= 'A' && name.at[i] <= 'Z'))
			return false;
	return name.len > 0;
}

bool
http2_field_is_value(struct span value)
{
	const char *end = value.at + value.len;

	return value.len == 0 ||
	       (!octet_is_blank(value.at[0]) && !octet_is_blank(end[-1]) &&
		       text_scan(value.at, end) == end);
}

/* RFC 9113 8.2.2. */
static bool
is_of_connection(enum field_id id, struct span name, struct span value)
{
	switch (name.len) {
	case sizeof("te") - 1:
		return span_is(name, SPAN("te")) &&
		       !span_is_nocase(value, SPAN("trailers"));
	case sizeof("upgrade") - 1:
		return span_is(name, SPAN("upgrade"));
	case sizeof("connection") - 1:
		return id == FIELD_CONNECTION ||
		       span_is(name, SPAN("keep-alive"));
	case sizeof("proxy-connection") - 1:
		return span_is(name, SPAN("proxy-connection"));
	case sizeof("transfer-encoding") - 1:
		return id == FIELD_TRANSFER_ENCODING;
	default:
		return false;
	}
}

const char *
http2_field_check(enum field_id id, struct span name, struct span value)
{
	if (id == FIELD_OTHER ? !is_name(name) : has_capital(name))
		return "a field name that RFC 9113 8.2.1 forbids";
	if (!http2_field_is_value(value))
		return "a field value that RFC 9113 8.2.1 forbids";
	if (is_of_connection(id, name, value))
		return "a field of a connection, which RFC 9113 8.2.2 forbids";
	return NULL;
}

bool
http2_field_read_length(struct span value, int64_t *length)
{
	int64_t n = 0;

	for (size_t i = 0; i < value.len; i++)
		if (!octet_is_digit(value.at[i]) ||
			__builtin_mul_overflow(n, 10, &n) ||
			__builtin_add_overflow(n, value.at[i] - '0', &n))
			return false;
	*length = n;
	return value.len > 0;
}

const char *
http2_field_check_trailer(
	struct span name, struct span value, int64_t length, uint64_t received)
{
	enum field_id id = field_find(name);
	int64_t told;

	if (name.len > 0 && name.at[0] == ':')
		return "a pseudo field in trailers";
	if (id == FIELD_HOST)
		return "a Host field in trailers";
	if (id == FIELD_CONTENT_LENGTH &&
		(length != REQUEST_NO_LENGTH ||
			!http2_field_read_length(value, &told) ||
			(uint64_t)told != received))
		return "a Content-Length in trailers";
	return http2_field_check(id, name, value);
}
