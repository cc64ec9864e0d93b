/*
 * A head must not get another verdict because it came in pieces: that is how
 * two servers come to disagree about it.
 * SPDX-License-Identifier: MIT
 */
#include "support/fake_worker_head.h"

#include <check.h>
#include <stdlib.h>

#include "http/http1.h"

const struct conf_limits fake_worker_limits = {
	.connections = 16,
	.request_line = 8 * 1024,
	.field = 8 * 1024,
	.head = 16 * 1024,
	.fields = 100,
	.path_depth = 64,
	.body = 1024 * 1024,
	.discard = 64 * 1024,
	.body_rate = 1024,
	.write_rate = 1024,
	.pipelined = 16,
	.cached_file = 256 * 1024,
	.cache = 8 * 1024 * 1024,
};

struct http1
fake_worker_http1(void)
{
	struct http1 h;

	http1_init(&h);
	return h;
}

int
fake_worker_verdict(
	struct request *r, const char *bytes, size_t len, struct arena *a)
{
	static struct http1 h;
	int status;

	http1_init(&h);
	status = http1_parse(&h, r, bytes, len, &fake_worker_limits);

	return status != 0 ? status : request_check(r, &fake_worker_limits, a);
}

/* The same bytes in memory of exactly their size, for the sanitizer. */
static char *
copy_of(const char *bytes, size_t len)
{
	char *copy = malloc(len + (len == 0));

	ck_assert_ptr_nonnull(copy);
	return len == 0 ? copy : memcpy(copy, bytes, len);
}

static void
check_beginning(struct span head, size_t len, int verdict)
{
	struct request r;
	struct arena a;
	char *bytes = copy_of(head.at, len);
	const char *rule;
	int parsed, partial;

	arena_init(&a, 4096, 0);
	parsed = fake_worker_verdict(&r, bytes, len, &a);
	partial = http1_check_partial(bytes, len, &fake_worker_limits, &rule);
	ck_assert_msg(parsed == HTTP1_PARTIAL || parsed == verdict,
		"%zu bytes: %d, but the whole: %d: %s", len, parsed, verdict,
		head.at);
	ck_assert_msg(partial == 0 || partial == verdict,
		"%zu bytes in part: %d, but the whole: %d: %s", len, partial,
		verdict, head.at);
	arena_fini(&a);
	free(bytes);
}

static void
check_tail(struct span head, struct span tail, int verdict)
{
	size_t len = head.len + tail.len;
	char *bytes = malloc(len + (len == 0));
	struct request r;
	struct arena a;
	int status;

	arena_init(&a, 4096, 0);
	ck_assert_ptr_nonnull(bytes);
	memcpy(bytes, head.at, head.len);
	memcpy(bytes + head.len, tail.at, tail.len);
	status = fake_worker_verdict(&r, bytes, len, &a);
	ck_assert_msg(status == verdict, "%d, but alone %d: %s%s", status,
		verdict, head.at, tail.at);
	if (verdict == 0)
		ck_assert_uint_eq(r.head_len, head.len);
	arena_fini(&a);
	free(bytes);
}

void
fake_worker_check_pieces(struct span head, int verdict)
{
	static const struct span tails[] = {
		{ "GET / HTTP/1.1\r\nHost: b\r\n\r\n", 27 },
		{ "\r\n\r\n", 4 },
		{ "\n", 1 },
		{ " folded\r\n\r\n", 11 },
		{ "\0\xff\x16\x03\x01 more", 10 },
	};

	for (size_t len = 0; len < head.len; len++)
		check_beginning(head, len, verdict);
	for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++)
		check_tail(head, tails[i], verdict);
}

uint32_t
fake_worker_random(uint64_t *seed, uint32_t below)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return (uint32_t)((*seed >> 16) % below);
}
