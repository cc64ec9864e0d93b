/*
 * SPDX-License-Identifier: MIT
 */
#include "http/content_type.h"

#include "http/octet.h"
#include "http/parameter.h"

enum { BOUNDARY_MOST = 70 }; /* bytes (RFC 2046 5.1.1) */

/* Returns the length of type "/" subtype; 0 when there is none. */
static size_t
measure_media_type(struct span s)
{
	size_t type = octet_token_length(s.at, s.len), subtype;

	if (type == 0 || type == s.len || s.at[type] != '/')
		return 0;
	subtype = octet_token_length(s.at + type + 1, s.len - type - 1);
	return subtype == 0 ? 0 : type + 1 + subtype;
}

/*
 * True for a boundary: bchars, of which the last is not a space (RFC 2046
 * 5.1.1).
 */
static bool
is_boundary(struct span s)
{
	static const char marks[] = "'()+_,-./:=? ";

	for (size_t i = 0; i < s.len; i++) {
		char c = s.at[i];

		if (!octet_is_digit(c) &&
			!((c | 0x20) >= 'a' && (c | 0x20) <= 'z') &&
			memchr(marks, c, sizeof(marks) - 1) == NULL)
			return false;
	}
	return s.len > 0 && s.len <= BOUNDARY_MOST && s.at[s.len - 1] != ' ';
}

/* Stores a parameter's value; false when it is empty or was stored before. */
static bool
store_parameter(struct span *place, struct span value)
{
	if (place->len > 0)
		return false;
	*place = value;
	return value.len > 0;
}

bool
content_type_parse(struct span value, struct content_type *out)
{
	size_t len = measure_media_type(value);
	struct span rest = { value.at + len, value.len - len };
	struct parameter p;
	int found;

	*out = (struct content_type){ .type = { value.at, len },
		.charset = SPAN(""),
		.boundary = SPAN("") };
	if (len == 0)
		return false;
	while ((found = parameter_next(&rest, &p)) == 1) {
		if (span_is_nocase(p.name, SPAN("charset")) &&
			!store_parameter(&out->charset, p.value))
			return false;
		if (span_is_nocase(p.name, SPAN("boundary")) &&
			(!is_boundary(p.value) ||
				!store_parameter(&out->boundary, p.value)))
			return false;
	}
	return found == 0;
}

bool
content_type_is(const struct content_type *t, struct span type)
{
	return span_is_nocase(t->type, type);
}

bool
content_type_is_json(const struct content_type *t)
{
	const struct span suffix = SPAN("+json");
	struct span end = t->type;

	if (content_type_is(t, SPAN("application/json")))
		return true;
	if (end.len <= suffix.len)
		return false;
	end.at += end.len - suffix.len;
	end.len = suffix.len;
	return span_is_nocase(end, suffix);
}
