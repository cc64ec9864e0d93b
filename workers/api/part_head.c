/*
 * The parser is as strict as that of request heads: a line that other parsers
 * read differently could bypass an upload filter.
 * SPDX-License-Identifier: MIT
 */
#include "api/part_head.h"

#include "http/field_list.h"
#include "http/octet.h"
#include "http/parameter.h"

/*
 * Returns the length of the field name, up to its colon; 0 when it is
 * malformed.
 */
static size_t
measure_field_name(struct span line)
{
	size_t i = 0;

	while (i < line.len && octet_is_tchar(line.at[i]))
		i++;
	return i < line.len && line.at[i] == ':' ? i : 0;
}

static bool
is_field_text(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!octet_is_text(s.at[i]))
			return false;
	return true;
}

/* Decodes a quoted value in place. */
static struct span
decode_quoted(char *text, size_t len)
{
	char *to = text;

	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\\' && i + 1 < len &&
			(text[i + 1] == '"' || text[i + 1] == '\\'))
			i++;
		else if (len - i > 2 && memcmp(text + i, "%22", 3) == 0)
			text[i += 2] = '"';
		*to++ = text[i];
	}
	return (struct span){ text, (size_t)(to - text) };
}

static struct span
strip_directories(struct span s)
{
	for (size_t i = s.len; i > 0; i--)
		if (s.at[i - 1] == '/' || s.at[i - 1] == '\\') {
			s.at += i;
			s.len -= i;
			break;
		}
	if (span_is(s, SPAN(".")) || span_is(s, SPAN("..")))
		s.len = 0;
	return s;
}

static const char *
take_disposition_parameter(
	struct part_head *head, const struct parameter *p, char *lines)
{
	struct span *place, value = p->value;

	if (span_is_nocase(p->name, SPAN("name")))
		place = &head->name;
	else if (span_is_nocase(p->name, SPAN("filename")))
		place = &head->filename;
	else
		return NULL;
	if (place->at != NULL)
		return "a part has two names";
	if (p->is_quoted)
		value = decode_quoted(lines + (value.at - lines), value.len);
	*place = place == &head->filename ? strip_directories(value) : value;
	return place->len > PART_NAME_MOST ? "a part has too long a name"
					   : NULL;
}

/* Parses form-data; name="..."; filename="..." */
static const char *
take_disposition(struct part_head *head, struct span value, char *lines)
{
	const struct span kind = SPAN("form-data");
	struct span rest = { value.at + kind.len, 0 };
	struct parameter p;
	const char *why = NULL;
	int found;

	if (head->name.at != NULL)
		return "a part has two Content-Disposition lines";
	if (value.len < kind.len ||
		!span_is_nocase((struct span){ value.at, kind.len }, kind))
		return "a part is not form-data";
	rest.len = value.len - kind.len;
	while (why == NULL && (found = parameter_next(&rest, &p)) != 0)
		why = found == -1 ? "a Content-Disposition is malformed"
				  : take_disposition_parameter(head, &p, lines);
	if (why == NULL && head->name.at == NULL)
		why = "a part has no name";
	return why;
}

/*
 * Content-Transfer-Encoding is deprecated (RFC 7578 4.7). An encoding other
 * than identity is refused: the bytes would not be the content.
 */
static const char *
check_transfer_encoding(struct span value)
{
	if (span_is_nocase(value, SPAN("binary")) ||
		span_is_nocase(value, SPAN("8bit")) ||
		span_is_nocase(value, SPAN("7bit")))
		return NULL;
	return "a part has a Content-Transfer-Encoding";
}

static const char *
take_head_line(struct part_head *head, struct span line, char *lines)
{
	size_t len = measure_field_name(line);
	struct span name = { line.at, len }, value;

	if (len == 0)
		return "a line of a part's head is malformed";
	value = field_list_trim(
		(struct span){ line.at + len + 1, line.len - len - 1 });
	if (!is_field_text(value))
		return "a part's head has a control byte";
	if (span_is_nocase(name, SPAN("Content-Disposition")))
		return take_disposition(head, value, lines);
	if (span_is_nocase(name, SPAN("Content-Transfer-Encoding")))
		return check_transfer_encoding(value);
	if (!span_is_nocase(name, SPAN("Content-Type")))
		return NULL;
	if (head->type.len > 0)
		return "a part has two types";
	head->type = value;
	return NULL;
}

const char *
part_head_parse(struct part_head *head, char *lines, size_t len)
{
	char *p = lines, *end = lines + len, *eol;
	const char *why = NULL;

	*head = (struct part_head){ .type = SPAN("") };
	for (; p < end && why == NULL; p = eol + 2) {
		eol = memmem(p, (size_t)(end - p), "\r\n", 2);
		if (eol == NULL)
			return "a line of a part's head has no CRLF";
		why = take_head_line(
			head, (struct span){ p, (size_t)(eol - p) }, lines);
	}
	if (why == NULL && head->name.at == NULL)
		why = "a part has no Content-Disposition";
	return why;
}
