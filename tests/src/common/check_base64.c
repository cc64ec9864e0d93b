/*
 * The vectors of RFC 4648 10, and what is not base64.
 * SPDX-License-Identifier: MIT
 */
#include "common/base64.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "support/harness.h"

static const struct {
	const char *bytes, *text;
} vectors[] = {
	{ "", "" },
	{ "f", "Zg==" },
	{ "fo", "Zm8=" },
	{ "foo", "Zm9v" },
	{ "foob", "Zm9vYg==" },
	{ "fooba", "Zm9vYmE=" },
	{ "foobar", "Zm9vYmFy" },
	{ "\xfb\xff\xbf", "+/+/" },
};

static const struct {
	struct span text;
	const char *bytes; /* NULL: refused */
} texts[] = {
	{ SPAN("Zm8"), "fo" },       /* without padding */
	{ SPAN("Zm8======"), "fo" }, /* with too much */
	{ SPAN("Z"), "" },           /* six bits are no byte */
	{ SPAN("===="), "" },
	{ SPAN("Zm=8"), NULL },
	{ SPAN("Zm8-"), NULL }, /* base64url */
	{ SPAN("Zm 8"), NULL },
	{ SPAN("Zm\0008"), NULL },
	{ SPAN("Zm\xc3\xa9"), NULL },
};

START_TEST(the_vectors_of_the_rfc_are_encoded_and_decoded)
{
	const char *bytes = vectors[_i].bytes, *text = vectors[_i].text;
	size_t len = strlen(bytes);
	char to[16];

	ck_assert_uint_eq(BASE64_LEN(len), strlen(text));
	base64_encode(to, bytes, len);
	ck_assert_str_eq(to, text);
	ck_assert_int_eq(base64_decode(span_of(text), to), (int)len);
	ck_assert_mem_eq(to, bytes, len);
}
END_TEST

START_TEST(other_texts_are_decoded_leniently_or_refused)
{
	char to[16];
	ptrdiff_t len = base64_decode(texts[_i].text, to);

	if (texts[_i].bytes == NULL) {
		ck_assert_int_eq(len, -1);
		return;
	}
	ck_assert_int_eq(len, (int)strlen(texts[_i].bytes));
	ck_assert_mem_eq(to, texts[_i].bytes, (size_t)len);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ the_vectors_of_the_rfc_are_encoded_and_decoded,
			ROWS(vectors) },
		{ other_texts_are_decoded_leniently_or_refused, ROWS(texts) },
	};

	return harness_run("base64", tests, ROWS(tests));
}
