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

enum {
	OWN_FIELDS = 5, /* :status, date, server, content-type, -length */
	TEXT = DATE_LEN + 2 * DECIMAL_MAX, /* of date, :status and -length */
};

static size_t
count_lines(struct span lines)
{
	size_t n = 0;

	for (size_t i = 0; i < lines.len; i++)
		n += lines.at[i] == '\n';
	return n;
}

static struct http2_fields
make_fields(struct exchange *x, size_t most)
{
	struct http2_fields fields = { .count = 0 };

	fields.all = arena_alloc(&x->arena, most * sizeof(*fields.all) + TEXT);
	assert(fields.all != NULL);
	fields.text = (char *)&fields.all[most];
	return fields;
}

static void
add_field(struct http2_fields *fields, struct span name, struct span value)
{
	fields->all[fields->count++] =
		(struct field_row){ .name = name, .value = value };
}

static void
add_number(struct http2_fields *fields, struct span name, uint64_t n)
{
	struct span digits = { .at = fields->text };

	fields->text = decimal_put(fields->text, n);
	digits.len = (size_t)(fields->text - digits.at);
	add_field(fields, name, digits);
}

static void
add_length(struct http2_fields *fields, uint64_t length)
{
	add_number(fields, SPAN("content-length"), length);
	fields->all[fields->count - 1].differs_by_file = true;
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

static void
begin_fields(struct exchange *x, struct http2_fields *fields, int status)
{
	char *date = fields->text;

	fields->text =
		span_put(date, (struct span){ x->worker->date, DATE_LEN });
	add_number(fields, SPAN(":status"), (uint64_t)status);
	add_field(fields, SPAN("date"), (struct span){ date, DATE_LEN });
}

struct http2_fields
http2_response_fields(struct exchange *x, const struct response_head *h)
{
	struct http2_fields fields =
		make_fields(x, OWN_FIELDS + count_lines(h->fields) +
				       count_lines(x->extra_fields));
	char *type;

	begin_fields(x, &fields, h->status);
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
		add_length(&fields, (uint64_t)h->length);
	add_lines(x, &fields, h->fields);
	add_lines(x, &fields, x->extra_fields);
	return fields;
}

struct http2_fields
http2_response_file_fields(struct exchange *x, struct file *f)
{
	struct http2_fields fields =
		make_fields(x, OWN_FIELDS + count_lines(x->extra_fields));

	begin_fields(x, &fields, 200);
	fields.of_file = file_rows(f);
	add_lines(x, &fields, x->extra_fields);
	return fields;
}

struct http2_fields
http2_response_lines(struct exchange *x, int status, struct span lines)
{
	struct http2_fields fields =
		make_fields(x, OWN_FIELDS + count_lines(lines));

	add_number(&fields, SPAN(":status"), (uint64_t)status);
	add_lines(x, &fields, lines);
	return fields;
}
