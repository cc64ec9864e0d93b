/*
 * Only spaces around values are ours to take off; all else must be the same.
 * SPDX-License-Identifier: MIT
 */
#include "support/plain_parser.h"

#include <http_parser.h>

#include "http/request.h"

struct plain {
	struct span target;
	struct span names[REQUEST_FIELDS], values[REQUEST_FIELDS];
	unsigned nnames, nvalues;
	unsigned pieces; /* callbacks that did not begin something new */
	unsigned method, minor;
	uint64_t content_length;
	int is_whole;
};

static int
on_target(http_parser *parser, const char *at, size_t len)
{
	struct plain *p = parser->data;

	p->pieces += p->target.at != NULL;
	p->target = (struct span){ at, len };
	return 0;
}

static int
on_name(http_parser *parser, const char *at, size_t len)
{
	struct plain *p = parser->data;

	if (p->nnames == REQUEST_FIELDS)
		return 1;
	p->values[p->nnames] = (struct span){ "", 0 };
	p->names[p->nnames++] = (struct span){ at, len };
	return 0;
}

static int
on_value(http_parser *parser, const char *at, size_t len)
{
	struct plain *p = parser->data;

	p->pieces += p->nvalues == p->nnames;
	p->nvalues = p->nnames;
	while (len > 0 && (at[len - 1] == ' ' || at[len - 1] == '\t'))
		len--;
	p->values[p->nnames - 1] = (struct span){ at, len };
	return 0;
}

static int
on_complete(http_parser *parser)
{
	struct plain *p = parser->data;

	p->is_whole = 1;
	p->method = parser->method;
	p->minor = parser->http_minor;
	p->content_length = parser->content_length;
	return 2;
}

static const http_parser_settings settings = {
	.on_url = on_target,
	.on_header_field = on_name,
	.on_header_value = on_value,
	.on_headers_complete = on_complete,
};

static const char *
compare_fields(const struct request *r, const struct plain *p)
{
	if (p->nnames != r->nfields)
		return "number of fields";
	for (unsigned i = 0; i < r->nfields; i++) {
		if (!span_is(request_span(r, r->fields[i].name), p->names[i]))
			return "a field's name";
		if (!span_is(request_span(r, r->fields[i].value), p->values[i]))
			return "a field's value";
	}
	return NULL;
}

/* Behind the number http-parser takes spaces, but no tab, though RFC 9110 5.6.3
 * allows both. */
static bool
has_tab_behind_length(const struct request *r)
{
	struct span value = request_value(r, FIELD_CONTENT_LENGTH);
	size_t spaces;

	if (value.at == NULL)
		return false;
	spaces = strspn(value.at + value.len, " ");
	return value.at[value.len + spaces] == '\t';
}

const char *
plain_parser_compare(const struct request *r)
{
	struct plain plain = { .target = { NULL, 0 } };
	struct span method = { r->head, r->target.at - (size_t)1 };
	http_parser parser;

	http_parser_init(&parser, HTTP_REQUEST);
	parser.data = &plain;
	http_parser_execute(&parser, &settings, r->head, r->head_len);
	/* http-parser takes "Transfer-Encodingx" for Transfer-Encoding here. */
	if (HTTP_PARSER_ERRNO(&parser) == HPE_UNEXPECTED_CONTENT_LENGTH &&
		r->count[FIELD_TRANSFER_ENCODING] == 0)
		return NULL;
	if (HTTP_PARSER_ERRNO(&parser) == HPE_INVALID_CONTENT_LENGTH &&
		has_tab_behind_length(r))
		return NULL;
	if (HTTP_PARSER_ERRNO(&parser) != HPE_OK || !plain.is_whole)
		return http_errno_description(HTTP_PARSER_ERRNO(&parser));
	if (plain.pieces > 0)
		return "a token in pieces";
	if (!span_is(method, span_of(http_method_str(plain.method))))
		return "the method";
	if (!span_is(request_span(r, r->target), plain.target))
		return "the target";
	if ((int)plain.minor != r->minor && plain.minor <= 1)
		return "the version";
	if (plain.content_length !=
		(r->content_length == REQUEST_NO_LENGTH
				? UINT64_MAX
				: (uint64_t)r->content_length))
		return "the content length";
	return compare_fields(r, &plain);
}
