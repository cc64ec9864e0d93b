/*
 * SPDX-License-Identifier: MIT
 */
#include "serve/log_escape.h"

#include <stdio.h>
#include <string.h>

#include "support/harness.h"

enum { LONGEST = 40 };

static const struct {
	char byte;
	const char *json, *text;
} bytes[] = {
	{ '"', "\\u0022", "\\x22" },
	{ '\\', "\\u005c", "\\x5C" },
	{ '\n', "\\u000a", "\\x0A" },
	{ '\x7f', "\\u007f", "\\x7F" },
	{ '\xff', "\\u00ff", "\\xFF" },
	{ '~', "~", "~" },
	{ ' ', " ", " " },
};

static void
assert_escaped(struct span s, size_t at, const char *escaped, bool is_json)
{
	char want[LONGEST * LOG_ESCAPE_WORST], to[LONGEST * LOG_ESCAPE_WORST];
	size_t len = (size_t)snprintf(want, sizeof(want), "%.*s%s%.*s", (int)at,
		s.at, escaped, (int)(s.len - at - 1), s.at + at + 1);

	ck_assert_int_eq(log_escape_put(to, s, is_json) - to, (ptrdiff_t)len);
	ck_assert_mem_eq(to, want, len);
}

/* Blocks of bytes are looked at at once, and may overlap. */
START_TEST(a_byte_is_escaped_wherever_it_stands)
{
	char text[LONGEST];

	for (size_t len = 1; len <= LONGEST; len++)
		for (size_t at = 0; at < len; at++) {
			memset(text, 'a', sizeof(text));
			text[at] = bytes[_i].byte;
			assert_escaped((struct span){ text, len }, at,
				bytes[_i].json, true);
			assert_escaped((struct span){ text, len }, at,
				bytes[_i].text, false);
		}
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ a_byte_is_escaped_wherever_it_stands, ROWS(bytes) },
	};

	return harness_run("log_escape", tests, ROWS(tests));
}
