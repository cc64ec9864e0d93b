/*
 * Members that are not known are skipped, but they have to be well-formed (RFC
 * 9218 4, RFC 8941 4.2).
 * SPDX-License-Identifier: MIT
 */
#include "http2/http2_priority.h"

#include <stdint.h>

#include "http/octet.h"

/* A member's value. */
struct item {
	enum { ITEM_OTHER, ITEM_BOOLEAN, ITEM_INTEGER } type;
	int64_t value;
};

struct text {
	const char *at, *end;
};

static bool
take_char(struct text *t, char c)
{
	if (t->at == t->end || *t->at != c)
		return false;
	t->at++;
	return true;
}

static void
skip_blanks(struct text *t, bool has_tabs)
{
	while (t->at < t->end &&
		(*t->at == ' ' || (has_tabs && *t->at == '\t')))
		t->at++;
}

static bool
is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

static bool
is_key_char(char c)
{
	return is_lower(c) || octet_is_digit(c) || c == '_' || c == '-' ||
	       c == '.' || c == '*';
}

/* Returns an empty key where there is none. */
static struct span
take_key(struct text *t)
{
	const char *from = t->at;

	if (t->at < t->end && (is_lower(*t->at) || *t->at == '*'))
		while (t->at < t->end && is_key_char(*t->at))
			t->at++;
	return (struct span){ from, (size_t)(t->at - from) };
}

/* RFC 8941 3.3.1, 3.3.2. */
static bool
take_number(struct text *t, struct item *item)
{
	enum { DIGITS = 15, WHOLE = 12, PLACES = 3 };
	bool is_negative = take_char(t, '-');
	int n = 0;

	item->value = 0;
	for (; t->at < t->end && octet_is_digit(*t->at); n++) {
		if (n == DIGITS)
			return false;
		item->value = item->value * 10 + (*t->at++ - '0');
	}
	if (n == 0)
		return false;
	if (is_negative)
		item->value = -item->value;
	item->type = ITEM_INTEGER;
	if (!take_char(t, '.'))
		return true;
	item->type = ITEM_OTHER;
	if (n > WHOLE)
		return false;
	for (n = 0; t->at < t->end && octet_is_digit(*t->at); n++)
		t->at++;
	return n > 0 && n <= PLACES;
}

/* RFC 8941 3.3.3. */
static bool
take_string(struct text *t)
{
	t->at++;
	for (; t->at < t->end; t->at++) {
		if (take_char(t, '"'))
			return true;
		if (*t->at == '\\' &&
			(++t->at == t->end ||
				(*t->at != '"' && *t->at != '\\')))
			return false;
		if (*t->at < ' ' || *t->at > '~')
			return false;
	}
	return false;
}

/* RFC 8941 3.3.5; the library, which reads PRIORITY_UPDATE, does not ask for
 * padding either. */
static bool
take_bytes(struct text *t)
{
	t->at++;
	while (t->at < t->end &&
		(octet_is_digit(*t->at) || is_lower(*t->at | 0x20) ||
			*t->at == '+' || *t->at == '/' || *t->at == '='))
		t->at++;
	return take_char(t, ':');
}

static bool
take_boolean(struct text *t, struct item *item)
{
	t->at++;
	item->type = ITEM_BOOLEAN;
	item->value = take_char(t, '1');
	return item->value != 0 || take_char(t, '0');
}

/* RFC 8941 3.3. */
static bool
take_bare_item(struct text *t, struct item *item)
{
	*item = (struct item){ ITEM_OTHER, 0 };
	if (t->at == t->end)
		return false;
	if (octet_is_digit(*t->at) || *t->at == '-')
		return take_number(t, item);
	if (*t->at == '"')
		return take_string(t);
	if (*t->at == ':')
		return take_bytes(t);
	if (*t->at == '?')
		return take_boolean(t, item);
	if (!is_lower(*t->at | 0x20) && *t->at != '*')
		return false;
	while (t->at < t->end &&
		(octet_is_tchar(*t->at) || *t->at == ':' || *t->at == '/'))
		t->at++;
	return true;
}

/* RFC 8941 3.1.2. */
static bool
take_parameters(struct text *t)
{
	struct item item;

	while (take_char(t, ';')) {
		skip_blanks(t, false);
		if (take_key(t).len == 0 ||
			(take_char(t, '=') && !take_bare_item(t, &item)))
			return false;
	}
	return true;
}

/* RFC 8941 3.1.1. */
static bool
take_inner_list(struct text *t, struct item *item)
{
	for (;;) {
		skip_blanks(t, false);
		if (take_char(t, ')'))
			break;
		if (!take_bare_item(t, item) || !take_parameters(t) ||
			t->at == t->end || (*t->at != ' ' && *t->at != ')'))
			return false;
	}
	item->type = ITEM_OTHER;
	return true;
}

static bool
take_value(struct text *t, struct item *item)
{
	if (!take_char(t, '=')) {
		*item = (struct item){ ITEM_BOOLEAN, 1 };
		return take_parameters(t);
	}
	return (take_char(t, '(') ? take_inner_list(t, item)
				  : take_bare_item(t, item)) &&
	       take_parameters(t);
}

/* False: not of its type, or out of its range. */
static bool
set_member(struct http2_priority *p, struct span key, const struct item *item)
{
	if (span_is(key, SPAN("i"))) {
		p->is_incremental = item->value != 0;
		return item->type == ITEM_BOOLEAN;
	}
	if (span_is(key, SPAN("u"))) {
		p->urgency = (unsigned)item->value;
		return item->type == ITEM_INTEGER && item->value >= 0 &&
		       item->value <= HTTP2_URGENCY_LEAST;
	}
	return true;
}

/* RFC 8941 4.2.2. */
static bool
read_members(struct http2_priority *p, struct text *t)
{
	struct span key;
	struct item item;

	skip_blanks(t, false);
	while (t->at < t->end) {
		key = take_key(t);
		if (key.len == 0 || !take_value(t, &item) ||
			!set_member(p, key, &item))
			return false;
		skip_blanks(t, true);
		if (t->at == t->end)
			return true;
		if (!take_char(t, ','))
			return false;
		skip_blanks(t, true);
		if (t->at == t->end)
			return false;
	}
	return true;
}

void
http2_priority_read(struct http2_priority *p, struct span line)
{
	struct text t = { line.at, line.at + line.len };

	if (!p->is_given)
		p->urgency = HTTP2_URGENCY_USUAL;
	p->is_given = true;
	if (!read_members(p, &t))
		p->is_malformed = true;
}
