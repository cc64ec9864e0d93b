/*
 * Any bytes as a head. For an accepted head http-parser finds the same tokens,
 * no prefix of it is refused, and the bytes after it do not matter. Of a
 * sequence of heads, each is read as if it came alone.
 * SPDX-License-Identifier: MIT
 */
#include <assert.h>
#include <stdlib.h>

#include "http/http1.h"
#include "http/octet.h"
#include "http/request.h"
#include "support/plain_parser.h"
#include "support/request_compare.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct conf_limits limits = {
	.request_line = 1024,
	.field = 1024,
	.head = 4096,
	.fields = 20,
	.path_depth = 16,
};

static int
judge(struct request *r, const char *bytes, size_t len, struct arena *a)
{
	static struct http1 h;
	int status;

	http1_init(&h);
	status = http1_parse(&h, r, bytes, len, &limits);

	arena_reset(a);
	return status != 0 ? status : request_check(r, &limits, a);
}

/* In memory of exactly this size. */
static int
judge_beginning(const char *bytes, size_t len, struct arena *a)
{
	char *copy = malloc(len + 1);
	const char *rule;
	struct request r;
	int status;

	assert(copy != NULL);
	memcpy(copy + 1, bytes, len);
	status = judge(&r, copy + 1, len, a);
	if (status == HTTP1_PARTIAL)
		assert(http1_check_partial(copy + 1, len, &limits, &rule) == 0);
	free(copy);
	return status;
}

static void
check_accepted(const struct request *r, struct arena *a)
{
	const char *other = plain_parser_compare(r);

	assert(other == NULL);
	assert(r->path.at[0] == '/' || r->path.at[0] == '*');
	assert(r->minor == 0 || r->count[FIELD_HOST] == 1);
	assert(!r->is_chunked || r->content_length == REQUEST_NO_LENGTH);
	for (unsigned i = 0; i < r->nfields; i++) {
		struct span value = request_span(r, r->fields[i].value);

		for (size_t j = 0; j < value.len; j++)
			assert(octet_is_text(value.at[j]));
	}
	for (size_t len = 0; len < r->head_len; len++)
		assert(judge_beginning(r->head, len, a) == HTTP1_PARTIAL);
}

/* Returns the length of the head if it is accepted, else 0. */
static size_t
check_read(struct http1 *h, const char *bytes, size_t len)
{
	struct request r, alone;
	struct arena a, other;
	int status, expected;

	arena_init(&a, 4096, 0);
	arena_init(&other, 4096, 0);
	h->memo.nothers = h->memo.interval - 1; /* the next one is kept */
	expected = judge(&alone, bytes, len, &other);
	status = http1_read(h, &r, bytes, len, &limits, &a);
	assert(status == expected);
	assert(status != 0 || request_compare(&r, &alone) == NULL);
	arena_fini(&a);
	arena_fini(&other);
	return status == 0 ? r.head_len : 0;
}

/* Reads the fields of the head behind another request line. */
static void
check_other_line(struct http1 *h, const char *bytes, size_t len)
{
	static const char line[] = "GET /other/target?query HTTP/1.1";
	const char *end = memchr(bytes, '\r', len);
	size_t rest = end == NULL ? 0 : (size_t)(bytes + len - end);
	char *copy = malloc(sizeof(line) + rest);

	assert(copy != NULL);
	memcpy(copy, line, sizeof(line) - 1);
	if (rest > 0)
		memcpy(copy + sizeof(line) - 1, end, rest);
	check_read(h, copy, sizeof(line) - 1 + rest);
	free(copy);
}

static void
check_sequence(const char *bytes, size_t len)
{
	enum { MOST = 8 };
	static struct http1 h;
	size_t at = 0, step, again;

	http1_init(&h);
	for (int n = 0; n < MOST && at < len; n++, at += step) {
		step = check_read(&h, bytes + at, len - at);
		if (step == 0)
			return;
		again = check_read(&h, bytes + at, step);
		assert(again == step);
		check_other_line(&h, bytes + at, step);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *bytes = (const char *)data;
	struct request r, alone;
	struct arena a, other;
	int status;

	arena_init(&a, 4096, 0);
	arena_init(&other, 4096, 0);
	status = judge(&r, bytes, size, &a);
	if (status == 0) {
		check_accepted(&r, &other);
		assert(judge(&alone, bytes, r.head_len, &other) == 0);
		assert(alone.head_len == r.head_len);
	} else if (status == HTTP1_PARTIAL && size > 0) {
		status = judge_beginning(bytes, size - 1, &other);
		assert(status == HTTP1_PARTIAL);
	}
	check_sequence(bytes, size);
	arena_fini(&a);
	arena_fini(&other);
	return 0;
}
