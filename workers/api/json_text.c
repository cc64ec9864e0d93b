/*
 * What jansson writes, at a tenth of its cost: it looks for loops with a table
 * of all parents, and formats with printf(3).  It is asked where that matters:
 * for reals, and for what is nested deeply.  A loop has no end, so that the
 * first way into it gets that deep.
 * SPDX-License-Identifier: MIT
 */
#include "json_text.h"

#include <assert.h>
#include <stdlib.h>

#include "common/utf8.h"
#include "decimal.h"
#include "exchange.h"

enum {
	SMALL = 4096, /* most answers fit on the stack */
	DEEP = 32,    /* values within each other */
	PIECE = 1024, /* bytes of a string that are escaped at once */
	ESCAPED = 6,  /* bytes of "\u001F" */
	NUMBER = 24,  /* bytes of an integer */
	FLAGS = JSON_COMPACT | JSON_ENCODE_ANY,
};

struct writer {
	char *start, *at, *end;
	char *heap; /* start, where it is not on the stack */
};

static bool write_value(struct writer *, const json_t *, unsigned depth);

static void
grow(struct writer *w, size_t len)
{
	size_t used = (size_t)(w->at - w->start);
	size_t size = (size_t)(w->end - w->start) * 2;
	char *larger;

	if (size < used + len)
		size = used + len;
	larger = realloc(w->heap, size);
	assert(larger != NULL);
	if (w->heap == NULL)
		memcpy(larger, w->start, used);
	w->heap = w->start = larger;
	w->at = larger + used;
	w->end = larger + size;
}

/* Room for len bytes more. */
static void
reserve(struct writer *w, size_t len)
{
	if ((size_t)(w->end - w->at) < len)
		grow(w, len);
}

static void
put(struct writer *w, struct span s)
{
	reserve(w, s.len);
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
escape(char *to, char c)
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
put_escaped(struct writer *w, struct span s)
{
	while (s.len > 0) {
		size_t n = s.len < PIECE ? s.len : PIECE;

		reserve(w, n * ESCAPED);
		for (size_t i = 0; i < n; i++)
			if (needs_escape(s.at[i]))
				w->at = escape(w->at, s.at[i]);
			else
				*w->at++ = s.at[i];
		s = (struct span){ s.at + n, s.len - n };
	}
}

/* What begins with a byte that is no plain one. */
static bool
write_rest(struct writer *w, struct span s)
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
		put_escaped(w, s);
	else
		put(w, s);
	reserve(w, 1);
	*w->at++ = '"';
	return true;
}

/* False: it is no UTF-8, which only who asked for no check can have made. */
static bool
write_string(struct writer *w, struct span s)
{
	const char *from = s.at, *end = s.at + s.len;
	char *to;

	reserve(w, s.len + 2);
	to = w->at;
	*to++ = '"';
	while (from < end && (signed char)*from >= ' ' && *from != '"' &&
		*from != '\\')
		*to++ = *from++;
	w->at = to;
	if (from < end)
		return write_rest(
			w, (struct span){ from, (size_t)(end - from) });
	*w->at++ = '"';
	return true;
}

/* ---- others ------------------------------------------------------------- */

static void
write_integer(struct writer *w, json_int_t value)
{
	uint64_t left = (uint64_t)value;

	reserve(w, NUMBER);
	if (value < 0) {
		*w->at++ = '-';
		left = 0 - left;
	}
	w->at = decimal_put(w->at, left);
}

/* As jansson does; false: it cannot. */
static bool
write_by_jansson(struct writer *w, const json_t *value)
{
	size_t room = (size_t)(w->end - w->at);
	size_t len = json_dumpb(value, w->at, room, FLAGS);

	if (len > room) {
		reserve(w, len);
		len = json_dumpb(value, w->at, len, FLAGS);
	}
	w->at += len;
	return len > 0;
}

static bool
write_array(struct writer *w, const json_t *array, unsigned depth)
{
	size_t n = json_array_size(array);

	put(w, SPAN("["));
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			put(w, SPAN(","));
		if (!write_value(w, json_array_get(array, i), depth + 1))
			return false;
	}
	put(w, SPAN("]"));
	return true;
}

static struct span
key_at(void *iter)
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
	json_t *object = (json_t *)value; /* its iterator may set values */
	void *iter = json_object_iter(object);
	bool is_first = true;

	put(w, SPAN("{"));
	for (; iter != NULL; iter = json_object_iter_next(object, iter)) {
		if (!is_first)
			put(w, SPAN(","));
		is_first = false;
		if (!write_string(w, key_at(iter)))
			return false;
		put(w, SPAN(":"));
		if (!write_value(w, json_object_iter_value(iter), depth + 1))
			return false;
	}
	put(w, SPAN("}"));
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
		put(w, SPAN("true"));
		return true;
	case JSON_FALSE:
		put(w, SPAN("false"));
		return true;
	case JSON_NULL:
		put(w, SPAN("null"));
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
