/*
 * One pass, no copy: an element is a part of the value.
 * SPDX-License-Identifier: MIT
 */
#include "field_list.h"

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

struct span
field_list_trim(struct span text)
{
	while (text.len > 0 && is_blank(text.at[0])) {
		text.at++;
		text.len--;
	}
	while (text.len > 0 && is_blank(text.at[text.len - 1]))
		text.len--;
	return text;
}

/* The length up to the comma that ends the element, or up to the end. */
static size_t
element_length(struct span s)
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
		len = element_length(*rest);
		*element = field_list_trim((struct span){ rest->at, len });
		len += len < rest->len; /* the comma */
		rest->at += len;
		rest->len -= len;
		if (element->len > 0)
			return true;
	}
	return false;
}
