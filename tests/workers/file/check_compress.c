/*
 * Which types are worth compressing, and the compressors.
 * SPDX-License-Identifier: MIT
 */
#include "file/compress.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "support/harness.h"

enum { LEN = 20000 };

static const struct {
	const char *type;
	int64_t size;
	bool is_worth;
} types[] = {
	{ "text/html; charset=utf-8", 256, true },
	{ "text/html; charset=utf-8", 255, false },
	{ "TEXT/plain", 1000, true },
	{ "application/json", 1000, true },
	{ "application/problem+json", 1000, true },
	{ "application/a+b+JSON;v=1", 1000, true },
	{ "application/a+xml+b", 1000, false },
	{ "application/jsonx+", 1000, false },
	{ "application/wasm", 1000, true },
	{ "application/wasmer", 1000, false },
	{ "image/svg+xml", 1000, true },
	{ "font/ttf", 1000, true },
	{ "font/woff2", 1000, false },
	{ "image/png", 1000, false },
	{ "video/mp4", 1000, false },
	{ "application/gzip", 1000, false },
	{ "application/octet-stream", 1000, false },
};

START_TEST(a_type_is_worth_compressing_or_not)
{
	ck_assert_int_eq(compress_is_worth(types[_i].type, types[_i].size),
		types[_i].is_worth);
}
END_TEST

static const struct {
	enum coding coding;
	const char *magic;
	size_t len;
} codings[] = {
	{ CODING_GZIP, "\x1f\x8b\x08", 3 },
	{ CODING_BR, "", 0 },
	{ CODING_ZSTD, "\x28\xb5\x2f\xfd", 4 },
};

static char *
text(void)
{
	char *bytes = malloc(LEN);

	ck_assert_ptr_nonnull(bytes);
	for (int i = 0; i < LEN; i++)
		bytes[i] = "a line of a text\n"[i % 17];
	return bytes;
}

START_TEST(a_supported_coding_shrinks_text)
{
	enum coding coding = codings[_i].coding;
	bool is_built = compress_codings() & 1u << coding;
	char *bytes = text(), *to = malloc(LEN);
	size_t n = compress_bytes(coding, bytes, LEN, to, LEN);

	ck_assert_int_eq(n > 0, is_built);
	ck_assert_uint_lt(n, LEN / 20);
	if (is_built)
		ck_assert_mem_eq(to, codings[_i].magic, codings[_i].len);
	free(bytes);
	free(to);
}
END_TEST

START_TEST(a_result_that_does_not_fit_is_refused)
{
	char *bytes = text(), to[16];

	ck_assert_uint_eq(
		compress_bytes(codings[_i].coding, bytes, LEN, to, sizeof(to)),
		0);
	free(bytes);
}
END_TEST

START_TEST(identity_is_never_made)
{
	char to[64];

	ck_assert_uint_eq(compress_codings() & 1u << CODING_IDENTITY, 0);
	ck_assert_uint_eq(
		compress_bytes(CODING_IDENTITY, "a", 1, to, sizeof(to)), 0);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ a_type_is_worth_compressing_or_not, ROWS(types) },
		{ a_supported_coding_shrinks_text, ROWS(codings) },
		{ a_result_that_does_not_fit_is_refused, ROWS(codings) },
		{ identity_is_never_made, 0 },
	};

	return harness_run("compress", tests, ROWS(tests));
}
