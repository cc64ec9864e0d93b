/*
 * The lines of a difference.
 * SPDX-License-Identifier: MIT
 */
#include "cli/config_diff.h"

#include <stdlib.h>
#include <string.h>

#include "config/load.h"
#include "support/harness.h"

#define SITE(host, more)  "{\"hosts\":[" host "],\"routes\":[" more "]}"
#define ROUTE(path, more) "{\"path\":\"" path "\",\"return\":200" more "}"
#define SITES(more)       "{\"sites\":[" more "]}"
#define ONE               SITE("", ROUTE("/*", ""))
#define WITH(more)        "{" more ",\"sites\":[" ONE "]}"

static const struct {
	const char *a, *b, *lines; /* lines: without the two names */
} rows[] = {
	{ SITES(ONE), SITES(ONE), "" },
	/* Written otherwise, and the default. */
	{ WITH("\"limits\":{\"head\":\"2k\"},\"cores\":false"),
		WITH("\"limits\":{\"head\":2048}"), "" },
	{ WITH("\"workers\":2"), WITH("\"workers\":3"),
		"-workers: 2\n+workers: 3\n" },
	{ WITH("\"user\":null"), WITH("\"pid_file\":\"/p\""),
		"-pid_file: null\n+pid_file: \"/p\"\n" },
	{ WITH("\"timeouts\":{\"idle\":\"1s\"}"),
		WITH("\"timeouts\":{\"idle\":\"2s\"}"),
		"-timeouts.idle: \"1s\"\n+timeouts.idle: \"2s\"\n" },
	{ WITH("\"listen\":[\"127.0.0.1:81\",\"127.0.0.1:82\"]"),
		WITH("\"listen\":[\"127.0.0.1:82\"]"),
		"-listen[127.0.0.1:81]: \"127.0.0.1:81\"\n" },
	/* A site in front changes no other; of a new one no default is told. */
	{ SITES(SITE("\"b.example\"", ROUTE("/*", ""))),
		SITES(SITE("\"a.example\"", ROUTE("/a", "")) "," SITE(
			"\"b.example\",\"c.example\"",
			ROUTE("/*", ",\"text\":\"x\""))),
		"-sites[b.example].hosts: [\"b.example\"]\n"
		"+sites[b.example].hosts: [\"b.example\",\"c.example\"]\n"
		"-sites[b.example].routes[/*].text: null\n"
		"+sites[b.example].routes[/*].text: \"x\"\n"
		"+sites[a.example].hosts: [\"a.example\"]\n"
		"+sites[a.example].routes[/a].path: \"/a\"\n"
		"+sites[a.example].routes[/a].return: 200\n" },
	/* What is no key of prong. */
	{ SITES(SITE("", ROUTE("/*", ",\"headers\":{\"set\":{\"A\":\"1\"}}"))),
		SITES(SITE("",
			ROUTE("/*", ",\"headers\":{\"set\":{\"B\":\"1\"}}"))),
		"-sites[].routes[/*].headers.set.A: \"1\"\n"
		"+sites[].routes[/*].headers.set.B: \"1\"\n" },
};

static json_t *
read_value(const char *text)
{
	struct conf *conf = config_parse("c.json", text, strlen(text), stderr);
	char *line;
	json_t *value;

	ck_assert_ptr_nonnull(conf);
	line = config_dump_line(conf);
	value = json_loads(line, 0, NULL);
	ck_assert_ptr_nonnull(value);
	conf_free(conf);
	free(line);
	return value;
}

START_TEST(difference_is_a_list_of_keys)
{
	json_t *a = read_value(rows[_i].a), *b = read_value(rows[_i].b);
	const char *lines = rows[_i].lines;
	char *text = NULL, expected[2048];
	size_t len;
	FILE *to = open_memstream(&text, &len);
	unsigned n = config_diff(a, "x", b, "y", to);

	fclose(to);
	snprintf(expected, sizeof(expected), "%s%s",
		*lines == '\0' ? "" : "--- x\n+++ y\n", lines);
	ck_assert_str_eq(text, expected);
	ck_assert_int_eq(n > 0, *lines != '\0');
	json_decref(a);
	json_decref(b);
	free(text);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ difference_is_a_list_of_keys, ROWS(rows) },
	};

	return harness_run("config_diff", tests, ROWS(tests));
}
