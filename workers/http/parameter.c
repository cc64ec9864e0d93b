/*
 * SPDX-License-Identifier: MIT
 */
#include "http/parameter.h"

#include "http/octet.h"

/*
 * Returns the end of the quoted string that begins at p, or NULL when it is
 * unterminated.
 */
static const char *
skip_quoted(const char *p, const char *end)
{
	for (p++; p < end && *p != '"'; p++)
		if (*p == '\\')
			p++;
	return p < end ? p + 1 : NULL;
}

const char *
parameter_skip_token(const char *p, const char *end)
{
	return p + octet_token_length(p, (size_t)(end - p));
}

const char *
parameter_skip_semicolons(const char *p, const char *end)
{
	bool is_parted = false;

	for (; p < end && (*p == ';' || octet_is_blank(*p)); p++)
		is_parted = is_parted || *p == ';';
	return p == end || is_parted ? p : NULL;
}

static int
take_parameter(struct span *rest, const char *p, struct parameter *out)
{
	const char *end = rest->at + rest->len,
		   *stop = parameter_skip_token(p, end);

	if (stop == p || stop == end || *stop != '=')
		return -1;
	out->name = (struct span){ p, (size_t)(stop - p) };
	p = stop + 1;
	out->is_quoted = p < end && *p == '"';
	stop = out->is_quoted ? skip_quoted(p, end)
			      : parameter_skip_token(p, end);
	if (stop == NULL || stop == p)
		return -1;
	out->value = out->is_quoted
			     ? (struct span){ p + 1, (size_t)(stop - p) - 2 }
			     : (struct span){ p, (size_t)(stop - p) };
	*rest = (struct span){ stop, (size_t)(end - stop) };
	return 1;
}

int
parameter_next(struct span *rest, struct parameter *out)
{
	const char *end = rest->at + rest->len, *p;

	if (rest->len == 0 ||
		(p = parameter_skip_semicolons(rest->at, end)) == end)
		return 0;
	return p == NULL ? -1 : take_parameter(rest, p, out);
}

int
parameter_first(struct span *rest, struct parameter *out)
{
	return rest->len == 0 ? 0 : take_parameter(rest, rest->at, out);
}
