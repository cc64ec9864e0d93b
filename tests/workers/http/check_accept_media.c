/*
 * Weights of media types.
 * SPDX-License-Identifier: MIT
 */
#include "http/accept_media.h"

#include "support/harness.h"

#define BROWSER                                                                \
	"text/html,application/xhtml+xml,application/xml;q=0.9,"               \
	"image/avif,image/webp,*/*;q=0.8"

// clang-format off
static const struct {
	const char *accept, *type;
	int weight;
} rows[] = {
	{ "", "text/html", 1000 }, { "*/*", "text/html", 1000 },
	{ BROWSER, "text/html", 1000 }, { BROWSER, "application/json", 800 },
	{ "text/html", "text/html", 1000 }, { "TEXT/Html", "text/html", 1000 },
	{ "text/html", "text/plain", 0 }, { "text/*", "text/html", 1000 },
	{ "text/*;q=0.3", "text/html", 300 }, { "text/*", "texts/html", 0 },
	{ "text/html;q=0", "text/html", 0 },
	/* The most specific range counts, whatever the order. */
	{ "*/*;q=0.1, text/*;q=0.2, text/html;q=0.3", "text/html", 300 },
	{ "text/html;q=0.3, text/*;q=0.2, */*;q=0.1", "text/html", 300 },
	{ "text/html;q=0.3, text/*;q=0.2, */*;q=0.1", "text/css", 200 },
	{ "text/html;q=0.3, text/*;q=0.2, */*;q=0.1", "a/b", 100 },
	{ "text/html;q=0.3, text/html;level=1;q=0.7", "text/html", 700 },
	{ "text/html ; q=0.5", "text/html", 500 },
	{ "text/html; Q=0.5; ext=1", "text/html", 500 },
	{ "text/html;level=\"a;b\";q=0.5", "text/html", 500 },
	/* Invalid weights and media ranges are ignored. */
	{ "text/html;q=2", "text/html", 0 }, { "text/html;q=", "text/html", 1000 },
	{ "html", "text/html", 0 }, { "*", "text/html", 0 },
	{ ",,;,", "text/html", 0 }, { "*/html", "text/html", 0 },
	{ "/", "text/html", 0 }, { "text/", "text/html", 0 },
};
// clang-format on

START_TEST(the_most_specific_range_decides_the_weight)
{
	int weight = accept_media_qvalue(
		span_of(rows[_i].accept), span_of(rows[_i].type));

	ck_assert_msg(weight == rows[_i].weight, "%s of %s: %d", rows[_i].type,
		rows[_i].accept, weight);
}
END_TEST

// clang-format off
static const struct {
	const char *accept, *type;
	int weight;
} named[] = {
	{ "", "text/html", 0 }, { "*/*", "text/html", 0 },
	{ "text/*", "text/html", 0 }, { BROWSER, "text/html", 1000 },
	{ "TEXT/HTML;q=0.2", "text/html", 200 },
	{ "text/html;q=0", "text/html", 0 },
	{ "a/b, text/html", "text/html", 1000 },
	{ "xtext/html", "text/html", 0 }, { "text/html2", "text/html", 0 },
	{ "application/jsonlines", "application/json", 0 },
};
// clang-format on

START_TEST(only_the_type_itself_is_named)
{
	int weight = accept_media_named(
		span_of(named[_i].accept), span_of(named[_i].type));

	ck_assert_msg(weight == named[_i].weight, "%s of %s: %d",
		named[_i].type, named[_i].accept, weight);
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ the_most_specific_range_decides_the_weight, ROWS(rows) },
		{ only_the_type_itself_is_named, ROWS(named) },
	};

	return harness_run("accept_media", tests, ROWS(tests));
}
