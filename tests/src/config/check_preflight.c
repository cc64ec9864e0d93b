/*
 * Warnings of prong check.
 * SPDX-License-Identifier: MIT
 */
#include "config/preflight.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/conf.h"
#include "config/load.h"
#include "support/harness.h"

#define SITE(s)  "{\"sites\":[{" s "}]}"
#define ROUTE(r) SITE("\"routes\":[{\"path\":\"/*\"," r "}]")
#define LONG     "\"Cache-Control\":\"public, max-age=31536000, immutable\""

#define WARNING(key)                                                           \
	"prong: warning: sites[0]." key                                        \
	".Cache-Control: is sent with errors, too, "                           \
	"which caches then keep; \"cache_control\" of a route with \"root\" "  \
	"is not\n"

static const struct {
	const char *text, *warnings;
} rows[] = {
	{ ROUTE("\"root\":\".\",\"headers\":{\"set\":{" LONG "}}"),
		WARNING("routes[0].headers.set") },
	{ ROUTE("\"root\":\".\",\"headers\":{\"add\":{" LONG "}}"),
		WARNING("routes[0].headers.add") },
	{ SITE("\"headers\":{\"set\":{\"cache-control\":\"MAX-AGE=60\"}},"
	       "\"routes\":[{\"path\":\"/*\",\"root\":\".\"}]"),
		WARNING("headers.set") },
	{ ROUTE("\"root\":\".\",\"cache_control\":\"max-age=60\""), "" },
	{ ROUTE("\"root\":\".\","
		"\"headers\":{\"set\":{\"Cache-Control\":\"no-store\"}}"),
		"" },
	{ ROUTE("\"root\":\".\","
		"\"headers\":{\"set\":{\"Cache-Control\":\"max-age=0\"}}"),
		"" },
	{ ROUTE("\"return\":410,\"headers\":{\"set\":{" LONG "}}"), "" },
	{ SITE("\"routes\":[{\"path\":\"/a/\",\"root\":\".\"}]"),
		"c.json:1:30: warning: sites[0].routes[0].path: matches "
		"\"/a/\" alone; \"/a/*\" matches all that is below it\n" },
	{ SITE("\"routes\":[{\"path\":\"/a\",\"root\":\".\"},"
	       "{\"path\":\"/a/\",\"return\":410}]"),
		"" },
};

START_TEST(what_is_likely_meant_otherwise_is_told)
{
	char now[PREFLIGHT_NOW], *text = NULL;
	size_t len = 0;
	FILE *to = open_memstream(&text, &len);
	struct conf *conf = config_parse(
		"c.json", rows[_i].text, strlen(rows[_i].text), stderr);

	ck_assert_ptr_nonnull(conf);
	preflight_warn(conf, to, now);
	fclose(to);
	ck_assert_str_eq(text, rows[_i].warnings);
	free(text);

	/* The same where no file is looked at. */
	to = open_memstream(&text, &len);
	preflight_warn_alone(conf, to);
	fclose(to);
	ck_assert_str_eq(text, rows[_i].warnings);
	free(text);
	conf_free(conf);
}
END_TEST

START_TEST(a_temp_path_that_is_no_directory_is_told)
{
	static const char config[] =
		"{\"temp_path\":\"/dev/null\",\"sites\":[{\"routes\":[{"
		"\"path\":\"/*\",\"return\":200,\"text\":\"\"}]}]}";
	char now[PREFLIGHT_NOW], *text = NULL;
	size_t len = 0;
	FILE *to = open_memstream(&text, &len);
	struct conf *conf =
		config_parse("c.json", config, strlen(config), stderr);

	ck_assert_ptr_nonnull(conf);
	preflight_warn(conf, to, now);
	fclose(to);
	ck_assert_str_eq(
		text, "c.json: temp_path: /dev/null: Not a directory\n");
	free(text);
	conf_free(conf);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ what_is_likely_meant_otherwise_is_told, ROWS(rows) },
		{ a_temp_path_that_is_no_directory_is_told, 0 },
	};

	return harness_run("preflight", tests, ROWS(tests));
}
