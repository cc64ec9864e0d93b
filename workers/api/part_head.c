/*
 * The parser is as strict as that of request heads: a line that other parsers
 * read differently could bypass an upload filter.
 * SPDX-License-Identifier: MIT
 */
#include "api/part_head.h"

#include "api/form_parameter.h"
#include "http/field_list.h"
#include "http/octet.h"

/*
 * Returns the length of the field name, up to its colon; 0 when it is
 * malformed.
 */
static size_t
measure_field_name(struct span line)
{
	size_t len = octet_token_length(line.at, line.len);

	return len < line.len && line.at[len] == ':' ? len : 0;
}

static bool
is_field_text(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!octet_is_text(s.at[i]))
			return false;
	return true;
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

/* The parameters of a Content-Disposition. */
struct disposition {
	struct span name, filename;
	struct span extended; /* filename* */
};

static const char *
take_disposition_parameter(
	struct disposition *d, const struct parameter *p, char *lines)
{
	char *at = lines + (p->value.at - lines);
	struct span *place, value = p->value;
	bool is_extended = span_is_nocase(p->name, SPAN("filename*"));

	if (span_is_nocase(p->name, SPAN("name")))
		place = &d->name;
	else if (span_is_nocase(p->name, SPAN("filename")))
		place = &d->filename;
	else if (is_extended)
		place = &d->extended;
	else
		return NULL;
	if (place->at != NULL)
		return "a part has two names";
	if (is_extended)
		value = form_parameter_decode_extended(at, value.len);
	else if (p->is_quoted)
		value = form_parameter_decode(at, value.len);
	if (value.at == NULL)
		return "a filename* is malformed or not UTF-8";
	*place = value;
	return place->len > PART_NAME_MOST ? "a part has too long a name"
					   : NULL;
}

/* A file's name is written to logs and pages: no escape may bring a line end or
 * another control byte into it. */
static void
replace_controls(char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)bytes[i] < ' ' || bytes[i] == 0x7f)
			bytes[i] = '_';
}

/* filename is what browsers send; filename* counts where it stands alone. */
static void
store_names(struct part_head *head, const struct disposition *d, char *lines)
{
	struct span filename =
		d->filename.at != NULL ? d->filename : d->extended;

	head->name = d->name;
	if (filename.at == NULL)
		return;
	head->filename = strip_directories(filename);
	replace_controls(
		lines + (head->filename.at - lines), head->filename.len);
}

/* Parses form-data; name="..."; filename="..." */
static const char *
take_disposition(struct part_head *head, struct span value, char *lines)
{
	const struct span kind = SPAN("form-data");
	struct span rest = { value.at + kind.len, 0 };
	struct disposition d = { .name.at = NULL };
	struct parameter p;
	const char *why = NULL;
	int found;

	if (head->name.at != NULL)
		return "a part has two Content-Disposition lines";
	if (value.len < kind.len ||
		!span_is_nocase((struct span){ value.at, kind.len }, kind))
		return "a part is not form-data";
	rest.len = value.len - kind.len;
	while (why == NULL && (found = form_parameter_next(&rest, &p)) != 0)
		why = found == -1 ? "a Content-Disposition is malformed"
				  : take_disposition_parameter(&d, &p, lines);
	store_names(head, &d, lines);
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
