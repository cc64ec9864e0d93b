/*
 * Parses Cookie as user agents parse Set-Cookie: pairs are separated by ';'
 * even inside quotes, and white space around names and values is dropped.
 * SPDX-License-Identifier: MIT
 */
#include "http/cookie.h"

#include "http/field_list.h"

struct span
cookie_find(struct span field, struct span name)
{
	const char *p = field.at, *end = p + field.len, *stop, *equals;

	for (; p < end; p = stop + 1) {
		stop = memchr(p, ';', (size_t)(end - p));
		if (stop == NULL)
			stop = end;
		equals = memchr(p, '=', (size_t)(stop - p));
		if (equals == NULL)
			continue;
		if (span_is(field_list_trim(
				    (struct span){ p, (size_t)(equals - p) }),
			    name))
			return field_list_trim((struct span){
				equals + 1, (size_t)(stop - equals - 1) });
	}
	return (struct span){ NULL, 0 };
}
