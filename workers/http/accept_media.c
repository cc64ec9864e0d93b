/*
 * The field is parsed anew for each media type: an Accept field is short, and
 * few responses depend on it.
 * SPDX-License-Identifier: MIT
 */
#include "http/accept_media.h"

#include "http/field_list.h"
#include "http/qvalue.h"

enum specificity { NO_MATCH, ALL, ALL_OF_TYPE, EXACT };

/* Compares a media range of the field with a full media type. */
static enum specificity
match_range(struct span range, struct span type)
{
	const char *slash = memchr(type.at, '/', type.len);
	size_t major = slash == NULL ? type.len : (size_t)(slash - type.at) + 1;

	if (span_is(range, SPAN("*/*")))
		return ALL;
	if (span_is_nocase(range, type))
		return EXACT;
	if (range.len == major + 1 && range.at[major] == '*' &&
		strncasecmp(range.at, type.at, major) == 0)
		return ALL_OF_TYPE;
	return NO_MATCH;
}

/* Takes the bytes up to the next ';' from *rest, trimmed of white space. */
static struct span
take_part(struct span *rest)
{
	const char *semicolon = memchr(rest->at, ';', rest->len);
	struct span part = *rest;

	if (semicolon == NULL) {
		*rest = (struct span){ rest->at + rest->len, 0 };
	} else {
		part.len = (size_t)(semicolon - rest->at);
		rest->at += part.len + 1;
		rest->len -= part.len + 1;
	}
	return field_list_trim(part);
}

/* Returns the weight of an element after its media range, or -1. */
static int
read_qvalue(struct span parameters)
{
	int q = QVALUE_MAX;

	while (parameters.len > 0) {
		struct span part = take_part(&parameters);

		if (part.len > 2 && strncasecmp(part.at, "q=", 2) == 0)
			q = qvalue_parse(
				(struct span){ part.at + 2, part.len - 2 });
	}
	return q;
}

/* Returns the weight that the most specific ranges give the type, from least
 * on; 0 when there is none. */
static int
find_qvalue(struct span value, struct span type, enum specificity least)
{
	enum specificity best = least, found;
	struct span element;
	int weight = 0;

	while (field_list_next(&value, &element)) {
		int q;

		found = match_range(take_part(&element), type);
		q = read_qvalue(element);
		if (q == -1 || found == NO_MATCH || found < best)
			continue;
		weight = found == best && weight > q ? weight : q;
		best = found;
	}
	return weight;
}

int
accept_media_qvalue(struct span value, struct span type)
{
	return value.len == 0 ? QVALUE_MAX : find_qvalue(value, type, NO_MATCH);
}

int
accept_media_named(struct span value, struct span type)
{
	return find_qvalue(value, type, EXACT);
}
