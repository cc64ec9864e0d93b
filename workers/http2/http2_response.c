/*
 * Field lines are made for HTTP/1 everywhere, so they are split here.
 * SPDX-License-Identifier: MIT
 */
#include "http2/http2_response.h"

#include <assert.h>
#include <string.h>

#include "conn/exchange.h"
#include "conn/worker_state.h"
#include "file/file.h"
#include "http/decimal.h"
#include "http/field_rows.h"

enum { OWN_FIELDS = 3 }; /* server, content-type, content-length */

static size_t
count_lines(struct span lines)
{
	size_t n = 0;

	for (size_t i = 0; i < lines.len; i++)
		n += lines.at[i] == '\n';
	return n;
}

/* With room for so many. */
static struct http2_fields
make_fields(struct exchange *x, int status, size_t most)
{
	struct http2_fields fields = { .status = status };

	if (most == 0)
		return fields;
	fields.all = arena_alloc(&x->arena, most * sizeof(*fields.all));
	assert(fields.all != NULL);
	return fields;
}

static void
add_field(struct http2_fields *fields, struct span name, struct span value)
{
	fields->all[fields->count++] = field_row_make(name, value);
}

static void
add_length(struct exchange *x, struct http2_fields *fields, uint64_t length)
{
	struct span digits = { .at = arena_alloc(&x->arena, DECIMAL_MAX) };

	assert(digits.at != NULL);
	digits.len =
		(size_t)(decimal_put((char *)(uintptr_t)digits.at, length) -
			 digits.at);
	add_field(fields, SPAN("content-length"), digits);
}

static void
add_rows(struct http2_fields *fields, const struct field_rows *rows)
{
	for (size_t i = 0; i < rows->count; i++)
		fields->all[fields->count++] = rows->all[i];
}

/* Copies them: they may not live as long as the stream. */
static void
add_lines(struct exchange *x, struct http2_fields *fields, struct span lines)
{
	char *copy;
	void *rows;

	if (lines.len == 0)
		return;
	copy = arena_alloc(&x->arena, lines.len);
	rows = arena_alloc(&x->arena, field_rows_size(lines));
	assert(copy != NULL && rows != NULL);
	memcpy(copy, lines.at, lines.len);
	add_rows(fields,
		field_rows_make((struct span){ copy, lines.len }, rows));
}

struct http2_fields
http2_response_fields(struct exchange *x, const struct response_head *h)
{
	struct http2_fields fields = make_fields(x, h->status,
		OWN_FIELDS + count_lines(h->fields) +
			count_lines(x->extra_fields));
	char *type;

	fields.has_date = true;
	if (h->has_server)
		add_field(&fields, SPAN("server"), SPAN("prong"));
	if (h->type.len > 0) {
		type = arena_alloc(&x->arena, h->type.len);
		assert(type != NULL);
		memcpy(type, h->type.at, h->type.len);
		add_field(&fields, SPAN("content-type"),
			(struct span){ type, h->type.len });
	}
	if (h->length >= 0)
		add_length(x, &fields, (uint64_t)h->length);
	add_lines(x, &fields, h->fields);
	add_lines(x, &fields, x->extra_fields);
	return fields;
}

struct http2_fields
http2_response_file_fields(struct exchange *x, struct file *f)
{
	struct http2_fields fields =
		make_fields(x, 200, count_lines(x->extra_fields));

	fields.has_date = true;
	fields.of_file = file_rows(f);
	add_lines(x, &fields, x->extra_fields);
	return fields;
}

struct http2_fields
http2_response_lines(struct exchange *x, int status, struct span lines)
{
	struct http2_fields fields = make_fields(x, status, count_lines(lines));

	add_lines(x, &fields, lines);
	return fields;
}
