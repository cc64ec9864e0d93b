/*
 * Serialises JSON at a tenth of jansson's cost: jansson detects loops with a
 * hash table of all parents and formats with printf(3). Reals, and values
 * nested deeply, are passed to jansson; a loop is infinitely deep, so jansson
 * detects it.
 * SPDX-License-Identifier: MIT
 */
#include "serve/json_text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/utf8.h"
#include "conn/exchange.h"
#include "http/decimal.h"

enum {
	SMALL = 4096, /* bytes on the stack, enough for most responses */
	DEEP = 32,    /* nesting level from which jansson is used */
	PIECE = 1024, /* bytes of a string that are escaped at a time */
	ESCAPED = 6,  /* bytes of "\u001F" */
	NUMBER = 24,  /* bytes of an integer */
	FLAGS = JSON_COMPACT | JSON_ENCODE_ANY,
};

struct writer {
	char *start, *at, *end;
	char *heap; /* the buffer when it is not on the stack */
};

static bool write_value(struct writer *, const json_t *, unsigned depth);

/* Apart from reserve_bytes(), which is inlined and seldom calls it. */
__attribute__((noinline, cold)) static void
grow_buffer(struct writer *w, size_t len)
{
	size_t used = (size_t)(w->at - w->start);
	size_t size = (size_t)(w->end - w->start) * 2;
	char *larger;

	if (size < used + len)
		size = used + len;
	larger = mem_realloc(w->heap, size);
	if (w->heap == NULL)
		memcpy(larger, w->start, used);
	w->heap = w->start = larger;
	w->at = larger + used;
	w->end = larger + size;
}

/* Makes space for len more bytes. */
static inline void
reserve_bytes(struct writer *w, size_t len)
{
	if ((size_t)(w->end - w->at) < len)
		grow_buffer(w, len);
}

static inline void
put_char(struct writer *w, char c)
{
	reserve_bytes(w, 1);
	*w->at++ = c;
}

static void
put_span(struct writer *w, struct span s)
{
	reserve_bytes(w, s.len);
	memcpy(w->at, s.at, s.len);
	w->at += s.len;
}

/* ---- strings ------------------------------------------------------------ */

static bool
needs_escape(char c)
{
	return (unsigned char)c < ' ' || c == '"' || c == '\\';
}

static char *
escape_char(char *to, char c)
{
	static const char digits[] = "0123456789ABCDEF";
	static const char names[] = "\"\"\\\\\bb\ff\nn\rr\tt";

	*to++ = '\\';
	for (const char *n = names; *n != '\0'; n += 2)
		if (*n == c) {
			*to++ = n[1];
			return to;
		}
	memcpy(to, "u00", 3);
	to[3] = digits[c >> 4];
	to[4] = digits[c & 15];
	return to + 5;
}

static void
put_escaped_string(struct writer *w, struct span s)
{
	while (s.len > 0) {
		size_t n = s.len < PIECE ? s.len : PIECE;

		reserve_bytes(w, n * ESCAPED);
		for (size_t i = 0; i < n; i++)
			if (needs_escape(s.at[i]))
				w->at = escape_char(w->at, s.at[i]);
			else
				*w->at++ = s.at[i];
		s = (struct span){ s.at + n, s.len - n };
	}
}

/* Writes the rest of a string from the first byte that needs attention. */
static bool
write_string_rest(struct writer *w, struct span s)
{
	bool has_escapes = false;
	char all = 0;

	for (size_t i = 0; i < s.len; i++) {
		has_escapes |= needs_escape(s.at[i]);
		all |= s.at[i];
	}
	if ((all & 0x80) != 0 && !utf8_is_valid(s.at, s.len))
		return false;
	if (has_escapes)
		put_escaped_string(w, s);
	else
		put_span(w, s);
	put_char(w, '"');
	return true;
}

/* True when one of eight bytes is a control, a quote, a backslash, or no
 * ASCII. */
static bool
has_special(uint64_t eight)
{
	const uint64_t ones = 0x0101010101010101;
	uint64_t below_space = eight - ones * ' ';
	uint64_t is_quote = (eight ^ ones * '"') - ones;
	uint64_t is_backslash = (eight ^ ones * '\\') - ones;

	/* A borrow begins at a byte that is special itself. */
	return ((eight | below_space | is_quote | is_backslash) &
		       ones * 0x80) != 0;
}

/* Copies up to the first byte that needs attention, or to end. */
static const char *
copy_plain(struct writer *w, const char *from, const char *end)
{
	char *to = w->at;
	uint64_t eight;

	for (; end - from >= 8; from += 8, to += 8) {
		memcpy(&eight, from, 8);
		if (has_special(eight))
			break;
		memcpy(to, &eight, 8);
	}
	while (from < end && (signed char)*from >= ' ' && *from != '"' &&
		*from != '\\')
		*to++ = *from++;
	w->at = to;
	return from;
}

/*
 * Writes a string. Returns false when it is not valid UTF-8, which is possible
 * only for strings made with json_string_nocheck().
 */
static bool
write_string(struct writer *w, struct span s)
{
	const char *from, *end = s.at + s.len;

	reserve_bytes(w, s.len + 2);
	*w->at++ = '"';
	from = copy_plain(w, s.at, end);
	if (from < end)
		return write_string_rest(
			w, (struct span){ from, (size_t)(end - from) });
	*w->at++ = '"';
	return true;
}

/* ---- other types -------------------------------------------------------- */

static void
write_integer(struct writer *w, json_int_t value)
{
	uint64_t left = (uint64_t)value;

	reserve_bytes(w, NUMBER);
	if (value < 0) {
		*w->at++ = '-';
		left = 0 - left;
	}
	w->at = decimal_put(w->at, left);
}

/* Writes a value with jansson; false when it cannot be serialised. */
static bool
write_by_jansson(struct writer *w, const json_t *value)
{
	size_t room = (size_t)(w->end - w->at);
	size_t len = json_dumpb(value, w->at, room, FLAGS);

	if (len > room) {
		reserve_bytes(w, len);
		len = json_dumpb(value, w->at, len, FLAGS);
	}
	w->at += len;
	return len > 0;
}

static bool
write_array(struct writer *w, const json_t *array, unsigned depth)
{
	size_t n = json_array_size(array);

	put_char(w, '[');
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			put_char(w, ',');
		if (!write_value(w, json_array_get(array, i), depth + 1))
			return false;
	}
	put_char(w, ']');
	return true;
}

static struct span
key_of_iter(void *iter)
{
#if JANSSON_VERSION_HEX >= 0x020e00
	return (struct span){ json_object_iter_key(iter),
		json_object_iter_key_len(iter) };
#else
	return span_of(json_object_iter_key(iter));
#endif
}

static bool
write_object(struct writer *w, const json_t *value, unsigned depth)
{
	/* json_object_iter() takes no const object */
	json_t *object = (json_t *)value;
	void *iter = json_object_iter(object);
	bool is_first = true;

	put_char(w, '{');
	for (; iter != NULL; iter = json_object_iter_next(object, iter)) {
		if (!is_first)
			put_char(w, ',');
		is_first = false;
		if (!write_string(w, key_of_iter(iter)))
			return false;
		put_char(w, ':');
		if (!write_value(w, json_object_iter_value(iter), depth + 1))
			return false;
	}
	put_char(w, '}');
	return true;
}

static bool
write_value(struct writer *w, const json_t *value, unsigned depth)
{
	if (depth == DEEP)
		return write_by_jansson(w, value);
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		return write_object(w, value, depth);
	case JSON_ARRAY:
		return write_array(w, value, depth);
	case JSON_STRING:
		return write_string(w, (struct span){ json_string_value(value),
					       json_string_length(value) });
	case JSON_INTEGER:
		write_integer(w, json_integer_value(value));
		return true;
	case JSON_REAL:
		return write_by_jansson(w, value);
	case JSON_TRUE:
		put_span(w, SPAN("true"));
		return true;
	case JSON_FALSE:
		put_span(w, SPAN("false"));
		return true;
	case JSON_NULL:
		put_span(w, SPAN("null"));
		return true;
	}
	return false;
}

struct span
json_text(struct exchange *x, const json_t *json)
{
	char small[SMALL];
	struct writer w = { small, small, small + sizeof(small), NULL };
	struct span text = { NULL, 0 };

	if (write_value(&w, json, 0)) {
		text.len = (size_t)(w.at - w.start);
		text.at = exchange_copy(x, w.start, text.len);
	}
	free(w.heap);
	return text;
}
