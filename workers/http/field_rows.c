/*
 * The names stand behind the rows, in one piece of memory.
 * SPDX-License-Identifier: MIT
 */
#include "http/field_rows.h"

#include <stdbool.h>

#include "http/field_list.h"

static bool
is_one_of(struct span name, const struct span *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (span_is(name, names[i]))
			return true;
	return false;
}

static bool
is_connection_specific(struct span name)
{
	static const struct span specific[] = {
		SPAN("connection"),
		SPAN("keep-alive"),
		SPAN("proxy-connection"),
		SPAN("transfer-encoding"),
		SPAN("upgrade"),
	};

	return is_one_of(
		name, specific, sizeof(specific) / sizeof(specific[0]));
}

/* Takes the next line off; false at the end.  The lines are the server's own or
 * were checked: a line without a colon ends them. */
static bool
take_line(struct span *lines, struct field_row *row)
{
	const char *end = memmem(lines->at, lines->len, "\r\n", 2);
	const char *at = lines->at, *colon;

	if (end == NULL ||
		(colon = memchr(at, ':', (size_t)(end - at))) == NULL)
		return false;
	lines->len -= (size_t)(end + 2 - at);
	lines->at = end + 2;
	row->name = (struct span){ at, (size_t)(colon - at) };
	row->value = field_list_trim(
		(struct span){ colon + 1, (size_t)(end - colon - 1) });
	return true;
}

/* Returns the number of lines, and in *names the bytes of their names. */
static size_t
count_lines(struct span lines, size_t *names)
{
	struct field_row row;
	size_t count = 0;

	for (*names = 0; take_line(&lines, &row); count++)
		*names += row.name.len;
	return count;
}

size_t
field_rows_size(struct span lines)
{
	size_t names, count = count_lines(lines, &names);

	return sizeof(struct field_rows) + count * sizeof(struct field_row) +
	       names;
}

static char *
put_lower_case(char *to, struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		*to++ = (char)(s.at[i] >= 'A' && s.at[i] <= 'Z' ? s.at[i] | 0x20
								: s.at[i]);
	return to;
}

struct field_rows *
field_rows_make(struct span lines, void *memory)
{
	struct field_rows *rows = memory;
	size_t size, count = count_lines(lines, &size);
	char *names = (char *)&rows->all[count];
	struct field_row row;
	struct span name;

	rows->count = rows->len = 0;
	while (take_line(&lines, &row)) {
		name = (struct span){ names, row.name.len };
		names = put_lower_case(names, row.name);
		if (is_connection_specific(name))
			continue;
		rows->all[rows->count++] = field_row_make(name, row.value);
		rows->len += name.len + row.value.len;
	}
	return rows;
}
