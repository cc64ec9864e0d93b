/*
 * A JSON scanner that knows only tokens and nesting.  It never reads past the
 * end, whatever the text.
 * SPDX-License-Identifier: MIT
 */
#include "config/json_position.h"

#include <jansson.h>
#include <stdbool.h>
#include <string.h>

#include "config/json_memory.h"

struct scanner {
	const char *text;
	size_t len, at;
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool
is_punctuation(char c)
{
	return c != '\0' && strchr("{}[]:,", c) != NULL;
}

static void
skip_blanks(struct scanner *s)
{
	while (s->at < s->len && is_blank(s->text[s->at]))
		s->at++;
}

/* An unterminated string ends at the end of its line. */
static void
skip_string(struct scanner *s)
{
	for (s->at++; s->at < s->len; s->at++) {
		char c = s->text[s->at];

		if (c == '\\' && s->at + 1 < s->len)
			s->at++;
		else if (c == '\n')
			return;
		else if (c == '"') {
			s->at++;
			return;
		}
	}
}

static void
skip_token(struct scanner *s)
{
	char c = s->text[s->at];

	if (c == '"') {
		skip_string(s);
		return;
	}
	s->at++;
	if (is_punctuation(c))
		return;
	while (s->at < s->len) {
		c = s->text[s->at];
		if (is_blank(c) || is_punctuation(c) || c == '"')
			return;
		s->at++;
	}
}

static bool
next_is(const struct scanner *s, char c)
{
	return s->at < s->len && s->text[s->at] == c;
}

/* Not recursive, since the text may nest to any depth. */
static void
skip_value(struct scanner *s)
{
	size_t depth = 0;

	do {
		skip_blanks(s);
		if (s->at == s->len)
			return;
		if (next_is(s, '{') || next_is(s, '['))
			depth++;
		else if ((next_is(s, '}') || next_is(s, ']')) && depth > 0)
			depth--;
		skip_token(s);
	} while (depth > 0);
	skip_blanks(s);
}

static bool
is_key(const char *token, size_t len, const char *key)
{
	struct json_memory memory;
	volatile bool same = false;
	json_t *decoded;

	if (memchr(token, '\\', len) == NULL)
		return len == strlen(key) + 2 &&
		       memcmp(token + 1, key, len - 2) == 0;
	json_memory_enter(&memory);
	if (setjmp(memory.failure) == 0) {
		decoded = json_loadb(token, len, JSON_DECODE_ANY, NULL);
		same = json_is_string(decoded) &&
		       strcmp(json_string_value(decoded), key) == 0;
		json_decref(decoded);
	}
	json_memory_leave(&memory);
	return same;
}

static void
skip_comma(struct scanner *s)
{
	if (next_is(s, ','))
		s->at++;
	skip_blanks(s);
}

/*
 * Moves from '{' to the value of the key; *start becomes the offset of the key.
 */
static bool
enter_member(struct scanner *s, const char *key, size_t *start)
{
	size_t end;

	s->at++;
	skip_blanks(s);
	while (next_is(s, '"')) {
		*start = s->at;
		skip_string(s);
		end = s->at;
		skip_blanks(s);
		if (next_is(s, ':'))
			s->at++;
		skip_blanks(s);
		if (is_key(s->text + *start, end - *start, key))
			return true;
		skip_value(s);
		skip_comma(s);
	}
	return false;
}

static bool
enter_element(struct scanner *s, size_t index, size_t *start)
{
	s->at++;
	skip_blanks(s);
	for (; s->at < s->len && !next_is(s, ']'); index--) {
		*start = s->at;
		if (index == 0)
			return true;
		skip_value(s);
		skip_comma(s);
	}
	return false;
}

static bool
take_step(struct scanner *s, const struct json_step *step, size_t *start)
{
	if (step->key != NULL)
		return next_is(s, '{') && enter_member(s, step->key, start);
	return next_is(s, '[') && enter_element(s, step->index, start);
}

size_t
json_position_offset(const char *text, size_t len,
	const struct json_step *steps, size_t n, enum json_position_of what)
{
	struct scanner s = { text, len, 0 };
	size_t value, start;

	skip_blanks(&s);
	value = start = s.at;
	for (size_t i = 0; i < n; i++) {
		if (!take_step(&s, &steps[i], &start))
			return value;
		value = s.at;
	}
	return what == JSON_POSITION_KEY ? start : value;
}

size_t
json_position_token(const char *text, size_t len, size_t offset, char *before)
{
	struct scanner s = { text, len, 0 };
	size_t start;

	*before = '\0';
	for (;;) {
		skip_blanks(&s);
		start = s.at;
		if (start == len)
			return start;
		skip_token(&s);
		if (s.at >= offset)
			return start;
		*before = text[s.at - 1];
	}
}

struct json_position
json_position_find(const char *text, size_t len, size_t offset)
{
	struct json_position p = { .line = 1, .column = 1 };

	for (size_t i = 0; i < offset && i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c == '\n') {
			p.line++;
			p.column = 1;
		} else if ((c & 0xC0) != 0x80) {
			p.column++;
		}
	}
	return p;
}
