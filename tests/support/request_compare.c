/*
 * Spans are the same if they have the same bytes at the same offset of the
 * head, or both are outside of it.
 * SPDX-License-Identifier: MIT
 */
#include "support/request_compare.h"

#include "http/request.h"

static size_t
offset_of(struct span s, const struct request *r)
{
	return s.at >= r->head && s.at <= r->head + r->head_len
		       ? (size_t)(s.at - r->head)
		       : SIZE_MAX;
}

static bool
is_same(struct span s, const struct request *a, struct span t,
	const struct request *b)
{
	return span_is(s, t) && offset_of(s, a) == offset_of(t, b);
}

static bool
has_same_fields(const struct request *a, const struct request *b)
{
	for (unsigned i = 0; i < a->nfields; i++) {
		const struct request_field *f = &a->fields[i];
		const struct request_field *g = &b->fields[i];

		if (memcmp(&f->name, &g->name, sizeof(f->name)) != 0 ||
			memcmp(&f->value, &g->value, sizeof(f->value)) != 0 ||
			f->id != g->id || f->is_plain != g->is_plain)
			return false;
	}
	for (unsigned id = 0; id < FIELD_KNOWN; id++)
		if (a->count[id] != b->count[id] ||
			(a->count[id] > 0 && a->first[id] != b->first[id]))
			return false;
	return true;
}

#define COMPARE(member)                                                        \
	do                                                                     \
		if (a->member != b->member)                                    \
			return #member;                                        \
	while (0)

const char *
request_compare(const struct request *a, const struct request *b)
{
	COMPARE(head_len);
	COMPARE(method);
	COMPARE(minor);
	COMPARE(is_http2);
	COMPARE(has_content);
	COMPARE(is_websocket);
	COMPARE(target.at);
	COMPARE(target.len);
	COMPARE(nfields);
	COMPARE(content_length);
	COMPARE(is_chunked);
	COMPARE(wants_close);
	COMPARE(expects_continue);
	COMPARE(is_https_target);
	COMPARE(has_encoded_slash);
	if (!has_same_fields(a, b))
		return "fields";
	if (!is_same(a->host, a, b->host, b))
		return "host";
	if (!is_same(a->path, a, b->path, b))
		return "path";
	return is_same(a->query, a, b->query, b) ? NULL : "query";
}
