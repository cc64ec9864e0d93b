/*
 * SPDX-License-Identifier: MIT
 */
#include "http/octet.h"

#include "common/token.h"
#include "support/harness.h"

START_TEST(octet_table_marks_the_characters_of_tokens)
{
	for (int c = 1; c < 256; c++) {
		const char text[] = { (char)c, '\0' };

		ck_assert_int_eq(octet_is_tchar((char)c), token_is_valid(text));
	}
	ck_assert(!octet_is_tchar('\0'));
}
END_TEST

START_TEST(octet_table_marks_the_characters_of_urls)
{
	char to[3];

	for (int c = 0; c < 256; c++)
		ck_assert_int_eq(octet_is((char)c, OCTET_URL),
			octet_encode(to, (char)c, "!#$%&'()*+,-./:;=?@[]_~") ==
				1);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ octet_table_marks_the_characters_of_tokens, 0 },
		{ octet_table_marks_the_characters_of_urls, 0 },
	};

	return harness_run("octet", tests, ROWS(tests));
}
