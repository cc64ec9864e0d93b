/*
 * SPDX-License-Identifier: MIT
 */
#include "common/template.h"

#include "common/pattern.h"

static bool
is_letter(char c)
{
	return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static size_t
name_length(struct span s)
{
	size_t n = 0;

	if (s.len > 0 && is_digit(s.at[0]))
		return 1;
	while (n < s.len &&
		(is_letter(s.at[n]) ||
			(n > 0 && (is_digit(s.at[n]) || s.at[n] == '_'))))
		n++;
	return n;
}

static void
skip_bytes(struct span *s, size_t n)
{
	s->at += n;
	s->len -= n;
}

/* Reads the name at rest, which begins with '$'. */
static void
take_name(struct span *rest, struct template_piece *piece)
{
	bool has_brace;

	piece->kind = TEMPLATE_NAME;
	skip_bytes(rest, 1);
	has_brace = rest->len > 0 && rest->at[0] == '{';
	skip_bytes(rest, has_brace);
	piece->text = (struct span){ rest->at, name_length(*rest) };
	skip_bytes(rest, piece->text.len);
	if (has_brace && rest->len > 0 && rest->at[0] == '}')
		skip_bytes(rest, 1);
	else if (has_brace)
		piece->text.len = 0;
}

bool
template_next(struct span *rest, struct template_piece *piece)
{
	const char *dollar;

	if (rest->len == 0)
		return false;
	if (rest->at[0] == '$' && (rest->len == 1 || rest->at[1] != '$')) {
		take_name(rest, piece);
		return true;
	}
	piece->kind = TEMPLATE_TEXT;
	if (rest->at[0] == '$') {
		skip_bytes(rest, 1);
		piece->text = (struct span){ rest->at, 1 };
	} else {
		dollar = memchr(rest->at, '$', rest->len);
		piece->text = (struct span){ rest->at,
			dollar == NULL ? rest->len
				       : (size_t)(dollar - rest->at) };
	}
	skip_bytes(rest, piece->text.len);
	return true;
}

const struct span *
template_find(const struct pattern_parts *parts, struct span name)
{
	for (int i = 0; i < parts->count; i++) {
		const struct pattern_part *part = &parts->all[i];

		if (name.len == 1 && name.at[0] == '1' + i)
			return &part->value;
		if (part->name.len > 0 && span_is(part->name, name))
			return &part->value;
	}
	return NULL;
}
