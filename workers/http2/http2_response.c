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
	DIGITS = 24,
};

/* RFC 9113 8.2.2. */
static bool
is_connection_specific(struct span name)
{
	static const struct span names[] = {
		SPAN("connection"),
		SPAN("keep-alive"),
		SPAN("proxy-connection"),
		SPAN("transfer-encoding"),
		SPAN("upgrade"),
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (span_is(name, names[i]))
			return true;
	return false;
}

static bool
is_unindexed(struct span name)
{
	return span_is(name, SPAN("etag")) ||
	       span_is(name, SPAN("last-modified")) ||
	       span_is(name, SPAN("content-length"));
}

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

	fields.all = arena_alloc(&x->arena, most * sizeof(*fields.all));
	assert(fields.all != NULL);
	return fields;
}

static void
add_field(struct http2_fields *fields, struct span name, struct span value)
{
	fields->all[fields->count++] =
		(struct http2_field){ name, value, is_unindexed(name) };
}

static void
add_number(struct exchange *x, struct http2_fields *fields, struct span name,
	uint64_t n)
{
	char *digits = arena_alloc(&x->arena, DIGITS), *end;

	assert(digits != NULL);
	end = decimal_put(digits, n);
	add_field(
		fields, name, (struct span){ digits, (size_t)(end - digits) });
}

static void
add_rows(struct http2_fields *fields, const struct field_rows *rows)
{
	for (size_t i = 0; i < rows->count; i++)
		if (!is_connection_specific(rows->all[i].name))
			add_field(
				fields, rows->all[i].name, rows->all[i].value);
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
	char *date = arena_alloc(&x->arena, DATE_LEN);

	assert(date != NULL);
	memcpy(date, x->worker->date, DATE_LEN);
	add_number(x, fields, SPAN(":status"), (uint64_t)status);
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
		add_number(x, &fields, SPAN("content-length"),
			(uint64_t)h->length);
	add_lines(x, &fields, h->fields);
	add_lines(x, &fields, x->extra_fields);
	return fields;
}

struct http2_fields
http2_response_file_fields(struct exchange *x, struct file *f)
{
	const struct field_rows *rows = file_rows(f);
	struct http2_fields fields = make_fields(
		x, OWN_FIELDS + rows->count + count_lines(x->extra_fields));

	begin_fields(x, &fields, 200);
	add_rows(&fields, rows);
	add_lines(x, &fields, x->extra_fields);
	return fields;
}

struct http2_fields
http2_response_lines(struct exchange *x, int status, struct span lines)
{
	struct http2_fields fields =
		make_fields(x, OWN_FIELDS + count_lines(lines));

	add_number(x, &fields, SPAN(":status"), (uint64_t)status);
	add_lines(x, &fields, lines);
	return fields;
}
