/*
 * Many valid heads, made by chance: each is accepted, with exactly the tokens
 * that were put into it, and http-parser alone finds the same.
 * SPDX-License-Identifier: MIT
 */
#include "http/http1.h"

#include "http/request.h"
#include "support/fake_worker_head.h"
#include "support/harness.h"
#include "support/plain_parser.h"

struct made {
	char bytes[16 * 1024];
	size_t len;
	struct span method, target;
	struct span names[32], values[32];
	unsigned nfields;
};

static void
add(struct made *m, struct span s)
{
	memcpy(m->bytes + m->len, s.at, s.len);
	m->len += s.len;
}

/* Adds 1 to most bytes of set, with bytes of ends at both ends. */
static struct span
add_chosen(struct made *m, uint64_t *seed, struct span set, uint32_t most)
{
	struct span s = { m->bytes + m->len,
		1 + fake_worker_random(seed, most) };

	for (size_t i = 0; i < s.len; i++)
		m->bytes[m->len++] =
			set.at[fake_worker_random(seed, (uint32_t)set.len)];
	return s;
}

static void
add_space(struct made *m, uint64_t *seed)
{
	for (uint32_t n = fake_worker_random(seed, 4); n > 0; n--)
		m->bytes[m->len++] = fake_worker_random(seed, 2) ? ' ' : '\t';
}

#define TOKEN "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJ"

static void
add_field(struct made *m, uint64_t *seed)
{
	static char text[256];
	size_t ntext = 0;
	struct span value = { m->bytes, 0 };

	for (int c = 0; c < 256; c++)
		if (c > ' ' && c != 0x7f)
			text[ntext++] = (char)c;
	/* The random name must not be a well-known one. */
	m->names[m->nfields] = add_chosen(
		m, seed, SPAN(TOKEN), fake_worker_random(seed, 8) ? 8 : 60);
	m->bytes[m->len++] = '~';
	m->names[m->nfields].len++;
	add(m, SPAN(":"));
	add_space(m, seed);
	value.at = m->bytes + m->len;
	if (fake_worker_random(seed, 8) > 0) {
		add_chosen(m, seed, (struct span){ text, ntext }, 40);
		add_space(m, seed);
		add_chosen(m, seed, (struct span){ text, ntext }, 40);
		value.len = (size_t)(m->bytes + m->len - value.at);
	}
	m->values[m->nfields++] = value;
	add_space(m, seed);
	add(m, SPAN("\r\n"));
}

static void
make_head(struct made *m, uint64_t *seed)
{
	static const char *const methods[] = { "GET", "HEAD", "POST", "PUT",
		"DELETE", "OPTIONS", "PATCH" };

	m->len = m->nfields = 0;
	m->method = span_of(methods[fake_worker_random(seed, ROWS(methods))]);
	add(m, m->method);
	add(m, SPAN(" /"));
	m->target = (struct span){ m->bytes + m->len - 1, 1 };
	m->target.len +=
		add_chosen(m, seed, SPAN("abcXYZ019-._~!$&'()*+,;=:@/"), 200)
			.len;
	add(m, SPAN(" HTTP/1.1\r\nHost: a\r\n"));
	for (uint32_t n = fake_worker_random(seed, ROWS(m->names)); n > 0; n--)
		add_field(m, seed);
	add(m, SPAN("\r\n"));
}

/* Host is the first field. */
static bool
has_tokens(const struct made *m, const struct request *r)
{
	if (r->head_len != m->len || r->nfields != m->nfields + 1 ||
		r->method != method_find(m->method) ||
		!span_is(request_span(r, r->target), m->target))
		return false;
	for (unsigned i = 0; i < m->nfields; i++) {
		const struct request_field *f = &r->fields[i + 1];

		if (!span_is(request_span(r, f->name), m->names[i]) ||
			!span_is(request_span(r, f->value), m->values[i]))
			return false;
	}
	return true;
}

START_TEST(every_valid_head_is_accepted)
{
	enum { HEADS = 20000 };
	uint64_t seed = 0x9e3779b97f4a7c15u;
	static struct made m;
	struct request r;
	struct arena a;

	arena_init(&a, 64 * 1024, 0);
	for (int i = 0; i < HEADS; i++) {
		const char *other;
		int status;

		make_head(&m, &seed);
		status = fake_worker_verdict(&r, m.bytes, m.len, &a);
		ck_assert_msg(
			status == 0, "%d: %.*s", status, (int)m.len, m.bytes);
		ck_assert_msg(has_tokens(&m, &r), "%.*s", (int)m.len, m.bytes);
		other = plain_parser_compare(&r);
		ck_assert_msg(
			other == NULL, "%s: %.*s", other, (int)m.len, m.bytes);
		arena_reset(&a);
	}
	arena_fini(&a);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ every_valid_head_is_accepted, 0 },
	};

	return harness_run("http1_tokens", tests, ROWS(tests));
}
