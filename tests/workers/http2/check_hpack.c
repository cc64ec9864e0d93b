/*
 * nghttp2's decoder is what a client has.
 * SPDX-License-Identifier: MIT
 */
#include "http2/hpack.h"

#include <nghttp2/nghttp2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/small_pool.h"
#include "http2/huffman.h"
#include "support/harness.h"

enum { BLOCK = 8192, FIELDS = 8, BLOCKS = 2000 };

static struct small_pool pool;
static struct hpack_encoder encoder;
static nghttp2_hd_inflater *decoder;
static char block[BLOCK];

static void
setup(void)
{
	hpack_encoder_init(&encoder, &pool);
	ck_assert_int_eq(nghttp2_hd_inflate_new(&decoder), 0);
}

static void
teardown(void)
{
	nghttp2_hd_inflate_del(decoder);
	hpack_encoder_fini(&encoder);
	ck_assert_uint_eq(encoder.size, 0);
	small_pool_fini(&pool);
}

static struct field_row
make_row(const char *name, const char *value)
{
	return field_row_make((struct span){ name, strlen(name) },
		(struct span){ value, strlen(value) });
}

static char *
put_block(struct field_row *rows, size_t count)
{
	char *end = hpack_begin(&encoder, block);

	for (size_t i = 0; i < count; i++)
		end = hpack_put_row(&encoder, &rows[i], end);
	return end;
}

/* Takes one field off; its flags, and in *nv what it is. */
static int
decode_field(nghttp2_nv *nv, const char **at, const char *end)
{
	int flags = 0;
	ssize_t n = nghttp2_hd_inflate_hd2(decoder, nv, &flags,
		(const uint8_t *)*at, (size_t)(end - *at), 1);

	ck_assert_int_ge(n, 0);
	*at += n;
	return flags;
}

static void
assert_decoded(const struct field_row *rows, size_t count, const char *end)
{
	const char *at = block;
	nghttp2_nv nv;

	for (size_t i = 0; i < count; i++) {
		ck_assert(
			decode_field(&nv, &at, end) & NGHTTP2_HD_INFLATE_EMIT);
		ck_assert_uint_eq(nv.namelen, rows[i].name.len);
		ck_assert_mem_eq(nv.name, rows[i].name.at, nv.namelen);
		ck_assert_uint_eq(nv.valuelen, rows[i].value.len);
		ck_assert(nv.valuelen == 0 ||
			  memcmp(nv.value, rows[i].value.at, nv.valuelen) == 0);
	}
	ck_assert(decode_field(&nv, &at, end) & NGHTTP2_HD_INFLATE_FINAL);
	ck_assert(at == end);
	nghttp2_hd_inflate_end_headers(decoder);
	ck_assert_uint_eq(nghttp2_hd_inflate_get_dynamic_table_size(decoder),
		encoder.size);
}

/* ---- fields -------------------------------------------------------------- */

static unsigned
next_number(unsigned *seed)
{
	*seed = *seed * 1103515245 + 12345;
	return *seed >> 16;
}

/* Of most names a few values come again and again. */
static struct field_row
choose_row(unsigned *seed, char *value)
{
	static const char *const names[] = { "date", "etag", "content-type",
		"set-cookie", "x-request-id", "vary", "content-length", "",
		"a-name-that-is-longer-than-any-in-the-table" };
	const char *name = names[next_number(seed) % ROWS(names)];
	size_t len = next_number(seed) % 16 == 0 ? next_number(seed) % 700
						 : next_number(seed) % 30;
	unsigned which = next_number(seed) % 5;

	for (size_t i = 0; i < len; i++)
		value[i] = (char)(which * 50 + i);
	return field_row_make((struct span){ name, strlen(name) },
		(struct span){ value, len });
}

START_TEST(any_fields_are_decoded_as_they_were)
{
	static char values[FIELDS][1024];
	struct field_row rows[FIELDS];
	unsigned seed = 1, most;

	for (int i = 0; i < BLOCKS; i++) {
		for (int j = 0; j < FIELDS; j++)
			rows[j] = choose_row(&seed, values[j]);
		if (i % 100 == 50) {
			most = next_number(&seed) % 6000;
			ck_assert_int_eq(nghttp2_hd_inflate_change_table_size(
						 decoder, most),
				0);
			hpack_resize(&encoder, most);
		}
		assert_decoded(rows, FIELDS, put_block(rows, FIELDS));
		ck_assert_uint_le(encoder.size, encoder.most);
	}
}
END_TEST

static const struct {
	const char *name, *value;
	size_t first, second, third; /* bytes */
} repeated[] = {
	{ "content-type", "text/css", 8, 1, 1 },
	{ "date", "Mon, 21 Oct 2013 20:13:21 GMT", 24, 1, 1 },
	{ "etag", "\"0123456789abcdef\"", 17, 16, 1 },
	{ "x-a", "b", 7, 7, 1 },
	{ "set-cookie", "a=b", 6, 6, 6 },
	{ "x-a", "", 6, 6, 1 },
};

START_TEST(what_comes_again_takes_a_byte)
{
	const size_t want[] = { repeated[_i].first, repeated[_i].second,
		repeated[_i].third };
	struct field_row row = make_row(repeated[_i].name, repeated[_i].value);
	char *end;

	for (size_t i = 0; i < ROWS(want); i++) {
		end = put_block(&row, 1);
		ck_assert_int_eq(end - block, (ptrdiff_t)want[i]);
		assert_decoded(&row, 1, end);
	}
}
END_TEST

START_TEST(tags_that_differ_push_nothing_out)
{
	struct field_row type = make_row("content-type", "text/css"), tag;
	char value[32];

	put_block(&type, 1);
	for (int i = 0; i < BLOCKS; i++) {
		snprintf(value, sizeof(value), "\"%d\"", i);
		tag = make_row("etag", value);
		put_block(&tag, 1);
	}
	ck_assert_uint_eq(encoder.added - encoder.evicted, 1);
	ck_assert_int_eq(put_block(&type, 1) - block, 1);
}
END_TEST

/* What a row remembers is not of another encoder, nor of an entry that is no
 * longer there. */
START_TEST(a_row_is_found_in_the_table_of_its_encoder_alone)
{
	struct field_row row = make_row("vary", "a"), b = make_row("vary", "b");
	struct hpack_encoder other;

	hpack_encoder_init(&other, &pool);
	for (int i = 0; i < 3; i++)
		assert_decoded(&row, 1, put_block(&row, 1));
	ck_assert_int_eq(put_block(&row, 1) - block, 1);
	ck_assert_int_gt(hpack_put_row(&other, &row, block) - block, 1);
	ck_assert_int_eq(hpack_put_row(&other, &row, block) - block, 1);
	hpack_encoder_fini(&other);
	hpack_encoder_init(&other, &pool);
	ck_assert_int_gt(hpack_put_row(&other, &b, block) - block, 1);
	ck_assert_int_gt(hpack_put_row(&other, &row, block) - block, 1);
	hpack_encoder_fini(&other);
	assert_decoded(&row, 1, put_block(&row, 1));
	hpack_resize(&encoder, 0);
	hpack_resize(&encoder, 4096);
	assert_decoded(&row, 1, put_block(&row, 1));
	assert_decoded(&row, 1, put_block(&row, 1));
	ck_assert_int_eq(put_block(&row, 1) - block, 1);
}
END_TEST

START_TEST(a_field_of_more_than_half_of_the_table_is_not_added)
{
	char value[2048] = "";
	struct field_row row;

	memset(value, '~', sizeof(value) - 1);
	row = make_row("vary", value);
	assert_decoded(&row, 1, put_block(&row, 1));
	ck_assert_uint_eq(encoder.size, 0);
}
END_TEST

/* ---- sizes of the table -------------------------------------------------- */

static const struct {
	unsigned sizes[3], nsizes;
	unsigned char want[8]; /* RFC 7541 6.3 */
	size_t len;
	unsigned left; /* of the entry of 37 bytes */
} sizes[] = {
	{ { 4096 }, 1, { 0 }, 0, 37 },
	{ { 65536 }, 1, { 0 }, 0, 37 },
	{ { 0 }, 1, { 0x20 }, 1, 0 },
	{ { 30 }, 1, { 0x3e }, 1, 0 },
	{ { 31 }, 1, { 0x3f, 0 }, 2, 0 },
	{ { 4095 }, 1, { 0x3f, 0xe0, 0x1f }, 3, 37 },
	{ { 0, 65536 }, 2, { 0x20, 0x3f, 0xe1, 0x1f }, 4, 0 },
	{ { 100, 0, 30 }, 3, { 0x20, 0x3e }, 2, 0 },
};

START_TEST(the_next_block_tells_the_smallest_size_and_the_last)
{
	struct field_row row = make_row("vary", "a");

	put_block(&row, 1);
	for (unsigned i = 0; i < sizes[_i].nsizes; i++)
		hpack_resize(&encoder, sizes[_i].sizes[i]);
	ck_assert_int_eq(
		hpack_begin(&encoder, block) - block, (ptrdiff_t)sizes[_i].len);
	ck_assert_mem_eq(block, sizes[_i].want, sizes[_i].len);
	ck_assert(hpack_begin(&encoder, block) == block);
	ck_assert_uint_eq(encoder.size, sizes[_i].left);
}
END_TEST

/* ---- status and strings -------------------------------------------------- */

static const struct {
	int status;
	const char *want;
	size_t len;
} statuses[] = {
	{ 200, "\x88", 1 },
	{ 304, "\x8b", 1 },
	{ 500, "\x8e", 1 },
	{ 103, "\x08\x82\x08\x19", 4 },
	{ 302, "\x08\x82\x64\x02", 4 },
	{ 999,
		"\x08\x03"
		"999",
		5 },
};

START_TEST(a_status_is_an_index_or_three_digits)
{
	char *end = hpack_put_status(block, statuses[_i].status);

	ck_assert_int_eq(end - block, (ptrdiff_t)statuses[_i].len);
	ck_assert_mem_eq(block, statuses[_i].want, statuses[_i].len);
	ck_assert_uint_le(statuses[_i].len, HPACK_STATUS);
}
END_TEST

/* RFC 7541 C.4 and C.6. */
static const struct {
	const char *text, *want;
	size_t len;
} texts[] = {
	{ "", "", 0 },
	{ "302", "\x64\x02", 2 },
	{ "private", "\xae\xc3\x77\x1a\x4b", 5 },
	{ "www.example.com", "\xf1\xe3\xc2\xe5\xf2\x3a\x6b\xa0\xab\x90\xf4\xff",
		12 },
	{ "Mon, 21 Oct 2013 20:13:21 GMT",
		"\xd0\x7a\xbe\x94\x10\x54\xd4\x44\xa8\x20\x05\x95\x04\x0b\x81"
		"\x66\xe0\x82\xa6\x2d\x1b\xff",
		22 },
};

START_TEST(texts_are_encoded_as_in_the_examples_of_the_rfc)
{
	struct span text = { texts[_i].text, strlen(texts[_i].text) };

	ck_assert_uint_eq(huffman_length(text), texts[_i].len);
	ck_assert_int_eq(
		huffman_put(block, text) - block, (ptrdiff_t)texts[_i].len);
	ck_assert_mem_eq(block, texts[_i].want, texts[_i].len);
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ any_fields_are_decoded_as_they_were, 1 },
		{ what_comes_again_takes_a_byte, ROWS(repeated) },
		{ tags_that_differ_push_nothing_out, 1 },
		{ a_row_is_found_in_the_table_of_its_encoder_alone, 1 },
		{ a_field_of_more_than_half_of_the_table_is_not_added, 1 },
		{ the_next_block_tells_the_smallest_size_and_the_last,
			ROWS(sizes) },
		{ a_status_is_an_index_or_three_digits, ROWS(statuses) },
		{ texts_are_encoded_as_in_the_examples_of_the_rfc,
			ROWS(texts) },
	};
	struct harness_fixture fixture = { .setup = setup,
		.teardown = teardown };

	return harness_run_with(&fixture, "hpack", tests, ROWS(tests));
}
