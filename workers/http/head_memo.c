/*
 * Nothing is taken over but where bytes are equal.  Limits need no comparison:
 * those of a worker never change.
 * SPDX-License-Identifier: MIT
 */
#include "http/head_memo.h"

#include "http/request_copy.h"

/*
 * The head that is kept is dropped when HEAD_MEMO_REVIEW heads in a row had
 * other fields.  The interval until another one is kept doubles each time that
 * one was of no use: clients that never repeat themselves shall cost next to
 * nothing.
 */
enum { LONGEST_INTERVAL = 32 * HEAD_MEMO_INTERVAL };

static void
drop_head(struct head_memo *m)
{
	m->head_len = m->fields_len = SIZE_MAX;
}

void
head_memo_init(struct head_memo *m)
{
	drop_head(m);
	m->nlines = 0;
	m->interval = HEAD_MEMO_INTERVAL;
	m->nothers = m->interval - 1;
}

/* Compares the last eight bytes first, since a head of another length has its
 * empty line elsewhere. */
static bool
is_equal(const char *a, const char *b, size_t len)
{
	uint64_t end_a, end_b;

	memcpy(&end_a, a + len - sizeof(end_a), sizeof(end_a));
	memcpy(&end_b, b + len - sizeof(end_b), sizeof(end_b));
	return end_a == end_b && memcmp(a, b, len - sizeof(end_a)) == 0;
}

bool
head_memo_take(struct head_memo *m, struct request *r, const char *bytes)
{
	const struct request *kept = &m->request;

	if (!is_equal(bytes, m->bytes, m->head_len))
		return false;
	m->nothers = 0;
	m->interval = HEAD_MEMO_INTERVAL;
	request_copy(r, kept);
	r->head = bytes;
	r->host.at = bytes + (kept->host.at - m->bytes);
	r->path.at = bytes + (kept->path.at - m->bytes);
	r->query.at = bytes + (kept->query.at - m->bytes);
	return true;
}

static void
shift_fields(struct request *r, size_t by)
{
	for (unsigned i = 0; i < r->nfields; i++) {
		r->few[i].name.at = (uint16_t)(r->few[i].name.at + by);
		r->few[i].value.at = (uint16_t)(r->few[i].value.at + by);
	}
}

bool
head_memo_take_fields(struct head_memo *m, struct request *r, size_t from)
{
	const struct request *kept = &m->request;
	const char *head = r->head;
	enum method method = r->method;
	struct piece target = r->target;

	if (r->minor != kept->minor ||
		!is_equal(head + from, m->bytes + m->fields_at, m->fields_len))
		return false;
	m->nothers = 0;
	m->interval = HEAD_MEMO_INTERVAL;
	request_copy(r, kept);
	r->head = head;
	r->head_len = from + m->fields_len;
	r->method = method;
	r->target = target;
	r->host.at = head + from + (kept->host.at - m->bytes - m->fields_at);
	if (from != m->fields_at)
		shift_fields(r, from - m->fields_at);
	return true;
}

static void
keep_head(struct head_memo *m, const struct request *r)
{
	if (r->head_len > HEAD_MEMO_SIZE || r->head[r->target.at] != '/')
		return;
	memcpy(m->bytes, r->head, r->head_len);
	request_copy(&m->request, r);
	m->request.head = m->bytes;
	m->request.broken_rule = NULL;
	m->request.host.at = m->bytes + (r->host.at - r->head);
	m->fields_at = r->few[0].name.at;
	m->fields_len = r->head_len - m->fields_at;
	m->head_len = SIZE_MAX;
	if (!request_has_path_in_head(r))
		return;
	m->head_len = r->head_len;
	m->request.path.at = m->bytes + (r->path.at - r->head);
	m->request.query.at = m->bytes + (r->query.at - r->head);
}

static void
replace_head(struct head_memo *m, const struct request *r)
{
	keep_head(m, r);
	if (m->nothers > 0 && m->interval < LONGEST_INTERVAL)
		m->interval *= 2;
	m->nothers = 0;
}

void
head_memo_review(struct head_memo *m, const struct request *r)
{
	if (m->nothers > 0 && m->nothers < m->interval)
		drop_head(m);
	else if (request_may_be_kept(r) && r->count[FIELD_HOST] == 1)
		replace_head(m, r);
}
