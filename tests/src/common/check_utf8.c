/*
 * SPDX-License-Identifier: MIT
 */
#include "common/utf8.h"

#include <string.h>

#include "support/harness.h"

/*
 * Decides by the rules of RFC 3629 4 instead of its table: the bytes decode to
 * a code point whose only encoding they are.
 */
static bool
is_character(const unsigned char *b, size_t len)
{
	static const uint32_t least[] = { 0, 0x80, 0x800, 0x10000 };
	uint32_t c = b[0];

	if (len == 1)
		return c < 0x80;
	if ((unsigned)b[0] >> (7 - len) != (1u << (len + 1)) - 2)
		return false;
	c &= (1u << (7 - len)) - 1;
	for (size_t i = 1; i < len; i++) {
		if (b[i] >> 6 != 2)
			return false;
		c = c << 6 | (b[i] & 0x3f);
	}
	return c >= least[len - 1] && c <= 0x10ffff &&
	       !(c >= 0xd800 && c <= 0xdfff);
}

static const unsigned char edges[] = { 0, 1, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f,
	0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xc3, 0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xee,
	0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xf7, 0xf8, 0xfb, 0xfc, 0xfe,
	0xff };

/* True if the bytes can be divided into characters. */
static bool
is_text(const unsigned char *b, size_t len)
{
	if (len == 0)
		return true;
	for (size_t n = 1; n <= 4 && n <= len; n++)
		if (is_character(b, n))
			return is_text(b + n, len - n);
	return false;
}

/* Returns the length of the character that b begins with, or 0. */
static size_t
first_length(const unsigned char b[4])
{
	for (size_t n = 1; n <= 4; n++)
		if (is_character(b, n))
			return n;
	return 0;
}

/*
 * Returns how many of the texts of the first 1 to 4 bytes are judged wrongly.
 */
static unsigned
count_mistakes(const unsigned char b[4])
{
	unsigned n = 0;

	for (size_t len = 1; len <= 4; len++)
		n += utf8_is_valid((const char *)b, len) != is_text(b, len);
	n += utf8_length((const char *)b, 4) != first_length(b);
	return n;
}

START_TEST(every_short_sequence_is_classified_as_in_rfc_3629)
{
	unsigned char b[4] = { edges[_i] };

	for (unsigned n = 0; n < 32u * 32 * 32; n++) {
		b[1] = edges[n % 32];
		b[2] = edges[n / 32 % 32];
		b[3] = edges[n / 32 / 32];
		if (count_mistakes(b) != 0)
			ck_abort_msg(
				"%02x %02x %02x %02x", b[0], b[1], b[2], b[3]);
	}
}
END_TEST

START_TEST(every_pair_of_bytes_is_classified_as_in_rfc_3629)
{
	for (unsigned n = 0; n < 65536; n++) {
		unsigned char b[4] = { (unsigned char)(n >> 8),
			(unsigned char)n, 'a', 'a' };

		if (count_mistakes(b) != 0)
			ck_abort_msg("%02x %02x", b[0], b[1]);
	}
}
END_TEST

START_TEST(text_may_be_cut_anywhere)
{
	static const char text[] = "eight bytes and more \xc3\xa4\xe2\x82\xac"
				   "\xf0\x9f\x98\x80 and \xf4\x8f\xbf\xbf!";

	for (size_t cut = 0; cut < sizeof(text); cut++) {
		struct utf8 u;

		utf8_init(&u);
		ck_assert(utf8_take(&u, text, cut));
		ck_assert(utf8_is_whole(&u) == utf8_is_valid(text, cut));
		ck_assert(utf8_take(&u, text + cut, sizeof(text) - cut));
		ck_assert(utf8_is_whole(&u));
	}
}
END_TEST

START_TEST(invalid_byte_is_found_at_any_offset)
{
	char text[40];

	for (size_t at = 0; at < sizeof(text); at++) {
		memset(text, 'a', sizeof(text));
		text[at] = '\x80';
		ck_assert(!utf8_is_valid(text, sizeof(text)));
		ck_assert(utf8_is_valid(text, at));
	}
}
END_TEST

START_TEST(length_of_a_cut_character_is_zero)
{
	static const char text[] = "\xf0\x9f\x98\x80";

	for (size_t len = 0; len < 4; len++)
		ck_assert_uint_eq(utf8_length(text, len), 0);
	ck_assert_uint_eq(utf8_length(text, 4), 4);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ every_short_sequence_is_classified_as_in_rfc_3629,
			ROWS(edges) },
		{ every_pair_of_bytes_is_classified_as_in_rfc_3629, 0 },
		{ text_may_be_cut_anywhere, 0 },
		{ invalid_byte_is_found_at_any_offset, 0 },
		{ length_of_a_cut_character_is_zero, 0 },
	};

	return harness_run("utf8", tests, ROWS(tests));
}
