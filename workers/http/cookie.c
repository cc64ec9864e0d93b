/*
 * Parses Cookie as user agents parse Set-Cookie: pairs are separated by ';'
 * even inside quotes, and white space around names and values is dropped.
 * SPDX-License-Identifier: MIT
 */
#include "http/cookie.h"

#include "http/field_list.h"

bool
cookie_next(struct span field, size_t *offset, struct span *name,
	struct span *value)
{
	const char *end = field.at + field.len, *p, *stop, *equals;

	while (*offset < field.len) {
		p = field.at + *offset;
		stop = memchr(p, ';', (size_t)(end - p));
		if (stop == NULL)
			stop = end;
		*offset = (size_t)(stop - field.at) + 1;
		equals = memchr(p, '=', (size_t)(stop - p));
		if (equals == NULL)
			continue;
		*name = field_list_trim(
			(struct span){ p, (size_t)(equals - p) });
		*value = field_list_trim((struct span){
			equals + 1, (size_t)(stop - equals - 1) });
		return true;
	}
	return false;
}

struct span
cookie_find(struct span field, struct span name)
{
	struct span found, value;
	size_t offset = 0;

	while (cookie_next(field, &offset, &found, &value))
		if (span_is(found, name))
			return value;
	return (struct span){ NULL, 0 };
}
