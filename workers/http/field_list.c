/*
 * An element is a span of the value: one pass, no copy.
 * SPDX-License-Identifier: MIT
 */
#include "http/field_list.h"

#include "http/octet.h"

struct span
field_list_trim(struct span text)
{
	while (text.len > 0 && octet_is_blank(text.at[0])) {
		text.at++;
		text.len--;
	}
	while (text.len > 0 && octet_is_blank(text.at[text.len - 1]))
		text.len--;
	return text;
}

/* Returns the bytes up to the comma that ends the element, or up to the end. */
static size_t
find_element_end(struct span s)
{
	bool is_quoted = false;

	for (size_t i = 0; i < s.len; i++) {
		if (s.at[i] == '"')
			is_quoted = !is_quoted;
		else if (is_quoted && s.at[i] == '\\')
			i++;
		else if (!is_quoted && s.at[i] == ',')
			return i;
	}
	return s.len;
}

bool
field_list_next(struct span *rest, struct span *element)
{
	size_t len;

	while (rest->len > 0) {
		len = find_element_end(*rest);
		*element = field_list_trim((struct span){ rest->at, len });
		len += len < rest->len; /* the comma */
		rest->at += len;
		rest->len -= len;
		if (element->len > 0)
			return true;
	}
	return false;
}
