/*
 * SPDX-License-Identifier: MIT
 */
#include "api/sha1.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/harness.h"

/* RFC 3174 7.3, and the ends of a block; sha1sum(1) has made those. */
static const struct {
	const char *text;
	size_t times;
	const char *digest;
} rows[] = {
	{ "abc", 1, "a9993e364706816aba3e25717850c26c9cd0d89d" },
	{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
		"84983e441c3bd26ebaae4aa1f95129e5e54670f1" },
	{ "a", 1000000, "34aa973cd4c4daa4f61eeb2bdbad27316534016f" },
	{ "0123456701234567012345670123456701234567012345670123456701234567",
		10, "dea356a2cddd90c7a7ecedc5ebb563934f460452" },
	{ "", 0, "da39a3ee5e6b4b0d3255bfef95601890afd80709" },
	{ "a", 55, "c1c8bbdc22796e28c0e15163d20899b65621d65a" },
	{ "a", 56, "c2db330f6083854c99d4b5bfb6e8f29f201be699" },
	{ "a", 63, "03f09f5b158a7a8cdad920bddc29b81c18a551f5" },
	{ "a", 64, "0098ba824b5c16427bd7a1122a5a442a25ec644d" },
	{ "a", 65, "11655326c708d70319be2610e8a57d9a5b959d3b" },
};

START_TEST(the_digests_match_the_rfc)
{
	size_t len = strlen(rows[_i].text), all = len * rows[_i].times;
	char *text = malloc(all + 1), got[2 * SHA1_LEN + 1];
	uint8_t digest[SHA1_LEN];

	ck_assert_ptr_nonnull(text);
	for (size_t i = 0; i < rows[_i].times; i++)
		memcpy(text + i * len, rows[_i].text, len);
	sha1(digest, text, all);
	for (int i = 0; i < SHA1_LEN; i++)
		snprintf(got + i * 2, 3, "%02x", digest[i]);
	ck_assert_str_eq(got, rows[_i].digest);
	free(text);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ the_digests_match_the_rfc, ROWS(rows) },
	};

	return harness_run("sha1", tests, ROWS(tests));
}
