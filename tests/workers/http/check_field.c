/*
 * Names of fields that the server knows, and those that look like them.
 * SPDX-License-Identifier: MIT
 */
#include "http/field.h"

#include <ctype.h>

#include "support/harness.h"

// clang-format off
static const struct {
	const char *name;
	enum field_id id;
} known[] = {
	{ "Accept", FIELD_ACCEPT },
	{ "Accept-Encoding", FIELD_ACCEPT_ENCODING },
	{ "Authorization", FIELD_AUTHORIZATION },
	{ "Connection", FIELD_CONNECTION },
	{ "Content-Length", FIELD_CONTENT_LENGTH },
	{ "Expect", FIELD_EXPECT },
	{ "Host", FIELD_HOST },
	{ "If-Match", FIELD_IF_MATCH },
	{ "If-Modified-Since", FIELD_IF_MODIFIED_SINCE },
	{ "If-None-Match", FIELD_IF_NONE_MATCH },
	{ "If-Range", FIELD_IF_RANGE },
	{ "If-Unmodified-Since", FIELD_IF_UNMODIFIED_SINCE },
	{ "Range", FIELD_RANGE },
	{ "Referer", FIELD_REFERER },
	{ "Transfer-Encoding", FIELD_TRANSFER_ENCODING },
	{ "User-Agent", FIELD_USER_AGENT },
	{ "X-Request-Id", FIELD_X_REQUEST_ID },
	{ "Te", FIELD_COMMON },
	{ "Via", FIELD_COMMON },
	{ "Dnt", FIELD_COMMON },
	{ "Cookie", FIELD_COMMON },
	{ "Origin", FIELD_COMMON },
	{ "Pragma", FIELD_COMMON },
	{ "Upgrade", FIELD_COMMON },
	{ "Priority", FIELD_COMMON },
	{ "Sec-Ch-Ua", FIELD_COMMON },
	{ "X-Real-Ip", FIELD_COMMON },
	{ "Forwarded", FIELD_COMMON },
	{ "Keep-Alive", FIELD_COMMON },
	{ "Traceparent", FIELD_COMMON },
	{ "Content-Type", FIELD_COMMON },
	{ "Cache-Control", FIELD_COMMON },
	{ "Sec-Fetch-Dest", FIELD_COMMON },
	{ "Sec-Fetch-Mode", FIELD_COMMON },
	{ "Sec-Fetch-Site", FIELD_COMMON },
	{ "Sec-Fetch-User", FIELD_COMMON },
	{ "Accept-Language", FIELD_COMMON },
	{ "X-Forwarded-For", FIELD_COMMON },
	{ "X-Forwarded-Host", FIELD_COMMON },
	{ "X-Forwarded-Port", FIELD_COMMON },
	{ "Sec-Ch-Ua-Mobile", FIELD_COMMON },
	{ "X-Forwarded-Proto", FIELD_COMMON },
	{ "Sec-Ch-Ua-Platform", FIELD_COMMON },
	{ "Upgrade-Insecure-Requests", FIELD_COMMON },
};
// clang-format on

/* The name with the letters of a bit set in upper case. */
static struct span
in_case(const char *name, unsigned bits, char *to)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < len; i++)
		to[i] = (char)(bits >> (i % 8) & 1
				       ? toupper((unsigned char)name[i])
				       : tolower((unsigned char)name[i]));
	return (struct span){ to, len };
}

START_TEST(a_field_name_is_found_in_any_case)
{
	char name[32];

	for (unsigned bits = 0; bits < 256; bits++)
		ck_assert_int_eq(
			field_find(in_case(known[_i].name, bits, name)),
			known[_i].id);
}
END_TEST

START_TEST(a_field_name_with_a_changed_byte_is_unknown)
{
	struct span name = span_of(known[_i].name);
	char other[32];

	memcpy(other, name.at, name.len);
	for (size_t i = 0; i < name.len; i++) {
		for (int c = 0; c < 256; c++) {
			if (tolower(c) == tolower(name.at[i]))
				continue;
			other[i] = (char)c;
			ck_assert_int_eq(
				field_find((struct span){ other, name.len }),
				FIELD_OTHER);
		}
		other[i] = name.at[i];
	}
}
END_TEST

/* As the rows say: "Accept" is one, "Accept-" none. */
static enum field_id
id_of(struct span name)
{
	for (size_t i = 0; i < ROWS(known); i++)
		if (span_is_nocase(span_of(known[i].name), name))
			return known[i].id;
	return FIELD_OTHER;
}

START_TEST(a_prefix_or_longer_field_name_is_unknown)
{
	struct span name = span_of(known[_i].name);
	char longer[40];

	memcpy(longer, name.at, name.len);
	longer[name.len] = 's';
	ck_assert_int_eq(
		field_find((struct span){ longer, name.len + 1 }), FIELD_OTHER);
	for (size_t len = 0; len < name.len; len++)
		ck_assert_int_eq(field_find((struct span){ name.at, len }),
			id_of((struct span){ name.at, len }));
}
END_TEST

START_TEST(every_field_id_has_a_row_in_this_test)
{
	bool has_row[FIELD_KNOWN] = { [FIELD_OTHER] = true };

	for (size_t i = 0; i < ROWS(known); i++)
		has_row[known[i].id] = true;
	for (int i = 0; i < FIELD_KNOWN; i++)
		ck_assert(has_row[i]);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ a_field_name_is_found_in_any_case, ROWS(known) },
		{ a_field_name_with_a_changed_byte_is_unknown, ROWS(known) },
		{ a_prefix_or_longer_field_name_is_unknown, ROWS(known) },
		{ every_field_id_has_a_row_in_this_test, 0 },
	};

	return harness_run("field", tests, ROWS(tests));
}
