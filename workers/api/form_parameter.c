/*
 * Browsers and curl escape quotes and line ends in percent-encoding and nothing
 * else; older clients write \" for a quote.
 * SPDX-License-Identifier: MIT
 */
#include "api/form_parameter.h"

#include "common/utf8.h"
#include "http/octet.h"

/* True when nothing follows, or another parameter. */
static bool
is_value_end(const char *p, const char *end)
{
	const char *name = parameter_skip_semicolons(p, end), *stop;

	if (name == NULL || name == end)
		return name == end;
	stop = parameter_skip_token(name, end);
	return stop > name && stop < end && *stop == '=';
}

/* Returns the quote that ends the value from p on, or NULL. */
static const char *
find_quote(const char *p, const char *end)
{
	const char *start = p;

	for (; p < end; p++) {
		if (*p != '"')
			continue;
		if (is_value_end(p + 1, end))
			return p;
		if (p == start || p[-1] != '\\')
			return NULL;
	}
	return NULL;
}

static const char *
take_value(const char *p, const char *end, struct parameter *out)
{
	const char *stop;

	out->is_quoted = p < end && *p == '"';
	if (out->is_quoted)
		p++;
	stop = out->is_quoted ? find_quote(p, end)
			      : parameter_skip_token(p, end);
	if (stop == NULL || (stop == p && !out->is_quoted))
		return NULL;
	out->value = (struct span){ p, (size_t)(stop - p) };
	return out->is_quoted ? stop + 1 : stop;
}

int
form_parameter_next(struct span *rest, struct parameter *out)
{
	const char *end = rest->at + rest->len, *p, *stop;

	if (rest->len == 0 ||
		(p = parameter_skip_semicolons(rest->at, end)) == end)
		return 0;
	if (p == NULL)
		return -1;
	stop = parameter_skip_token(p, end);
	if (stop == p || stop == end || *stop != '=')
		return -1;
	out->name = (struct span){ p, (size_t)(stop - p) };
	stop = take_value(stop + 1, end, out);
	if (stop == NULL)
		return -1;
	*rest = (struct span){ stop, (size_t)(end - stop) };
	return 1;
}

/* ---- decoding ------------------------------------------------------------ */

/* Returns the byte that an escape at p stands for, or 0. */
static char
find_escape(const char *p, size_t len)
{
	static const struct {
		char text[4], byte;
	} escapes[] = { { "%22", '"' }, { "%0D", '\r' }, { "%0A", '\n' } };

	for (size_t i = 0; len > 2 && i < sizeof(escapes) / sizeof(*escapes);
		i++)
		if (memcmp(p, escapes[i].text, 3) == 0)
			return escapes[i].byte;
	return 0;
}

struct span
form_parameter_decode(char *value, size_t len)
{
	char *to = value, byte;

	for (size_t i = 0; i < len; i++) {
		if (value[i] == '\\' && i + 1 < len && value[i + 1] == '"')
			*to++ = value[++i];
		else if ((byte = find_escape(value + i, len - i)) != 0) {
			*to++ = byte;
			i += 2;
		} else
			*to++ = value[i];
	}
	return (struct span){ value, (size_t)(to - value) };
}

/* Decodes percent-encoding in place; at is NULL when it is malformed. */
static struct span
decode_percent(char *text, size_t len)
{
	char *to = text;

	for (size_t i = 0; i < len; i++) {
		int c = (unsigned char)text[i];

		if (c == '%') {
			int high = len - i > 2 ? octet_hex(text[i + 1]) : -1;
			int low = high < 0 ? -1 : octet_hex(text[i + 2]);

			c = low < 0 ? 0 : high << 4 | low;
			i += 2;
			if (c == 0)
				return (struct span){ NULL, 0 };
		}
		*to++ = (char)c;
	}
	return (struct span){ text, (size_t)(to - text) };
}

struct span
form_parameter_decode_extended(char *value, size_t len)
{
	struct span none = { NULL, 0 }, text;
	char *quote = memchr(value, '\'', len), *second;

	if (quote == NULL ||
		!span_is_nocase((struct span){ value, (size_t)(quote - value) },
			SPAN("UTF-8")))
		return none;
	second = memchr(quote + 1, '\'', (size_t)(value + len - quote - 1));
	if (second == NULL)
		return none;
	second++;
	text = decode_percent(second, (size_t)(value + len - second));
	return text.at != NULL && utf8_is_valid(text.at, text.len) ? text
								   : none;
}
