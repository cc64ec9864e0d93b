/*
 * Configurations of several files.
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/conf.h"
#include "config/load.h"
#include "config/places.h"
#include "support/config_files.h"
#include "support/harness.h"

#define R(path)  "{\"path\":\"" path "\",\"return\":200}"
#define SITE     "\"sites\":[{\"routes\":[" R("/*") "]}]"
#define HOST(h)  "{\"hosts\":[\"" h "\"],\"routes\":[" R("/*") "]}"
#define FILES    6
#define TOO_DEEP "{\"include\":\"b.json\"}"

static void
enter_with_variables(void)
{
	config_files_enter();
	unsetenv("UNSET");
	setenv("TWO", "2", 1);
}

/* ---- what is read ------------------------------------------------------- */

static const struct {
	struct config_file files[FILES];
	const char *hosts; /* of the sites, and "-" for one without */
} good[] = {
	/* Sorted, in the place of the element; what does not match is left. */
	{ { { "a.json", "{\"sites\":[" HOST("a") ",{\"include\":\"d/"
						 "*.json\"}," HOST("z") "]}" },
		  { "d/2.json", HOST("two") },
		  { "d/1.json", "[" HOST("one") "," HOST("one.b") "]" },
		  { "d/3.json~", "{" }, { "d/.4.json", "{" } },
		"a one one.b two z " },
	/* At the top: lists are joined, in the order of the files. */
	{ { { "a.json", "{\"include\":[\"d/b.json\",\"d/a*\"],\"sites\":[" HOST(
				"a") "]}" },
		  { "d/b.json", "{\"sites\":[" HOST("b") "]}" },
		  { "d/a.json", "{\"sites\":[" HOST("c") "]}" } },
		"a b c " },
	/* Nothing else is in the main file; comments may be anywhere. */
	{ { { "a.json", "// all\n{\"include\":\"d/b.json\"}" },
		  { "d/b.json", "/**/{" SITE "}" } },
		"- " },
	/* A bracket that is text, and sets that nothing matches. */
	{ { { "a.json",
		    "{\"include\":\"d/[*\",\"sites\":[" HOST(
			    "a") ",{\"include\":[\"d/[]x]*\",\"d/[!]]\"]}]}" },
		  { "d/[b", "{\"workers\":1}" } },
		"a " },
	/* A pattern that nothing matches. */
	{ { { "a.json", "{\"include\":\"d/*.json\",\"sites\":[" HOST(
				"a") ",{\"include\":\"d/dir/?\"}]}" } },
		"a " },
	/* In a site and in a route, and an absolute name. */
	{ { { "a.json",
		    "{\"sites\":[{\"include\":\"d/s\",\"hosts\":[\"a\"]}]}" },
		  { "d/s", "{\"routes\":[{\"include\":\"d/r\"},"
			   "{\"path\":\"/b\",\"include\":\"d/h\"}]}" },
		  { "d/r", "[" R("/*") "]" }, { "d/h", "{\"return\":200}" } },
		"a " },
	/* One file twice is no cycle; files of a file; empty lists. */
	{ { { "a.json", "{\"sites\":[{\"include\":\"b\"}]}" },
		  { "b", "[{\"include\":\"c\"},{\"include\":\"d/n\"}]" },
		  { "c", "{\"hosts\":[\"c\"],\"include\":\"r\"}" },
		  { "d/n", "[{\"routes\":[],\"include\":\"r\"}]" },
		  { "r", "{\"routes\":[" R("/*") "]}" } },
		"c - " },
};

static void
print_hosts(const struct conf *conf, char *text, size_t size)
{
	size_t n = 0;

	text[0] = '\0';
	for (size_t i = 0; i < conf->nsites; i++) {
		const char *host = conf->sites[i].hosts[0];

		n += (size_t)snprintf(
			text + n, size - n, "%s ", host == NULL ? "-" : host);
	}
}

START_TEST(included_files_stand_where_they_are_named)
{
	struct conf *conf;
	char *errors, hosts[256];

	enter_with_variables();
	config_files_write(good[_i].files);
	errors = config_files_read("a.json", &conf);
	ck_assert_str_eq(errors, "");
	ck_assert_ptr_nonnull(conf);
	print_hosts(conf, hosts, sizeof(hosts));
	ck_assert_str_eq(hosts, good[_i].hosts);
	conf_free(conf);
	free(errors);
	config_files_leave();
}
END_TEST

START_TEST(objects_of_included_files_are_merged)
{
	static const struct config_file files[] = {
		{ "a.json", "{\"limits\":{\"head\":\"2k\"}," SITE
			    ",\"include\":\"d/b.json\"}" },
		{ "d/b.json", "{\"limits\":{\"body\":\"3m\"},\"workers\":3,"
			      "\"trusted\":[\"::1\"],\"include\":\"d/c\"}" },
		{ "d/c", "{\"trusted\":[\"10.0.0.1\"],\"pid_file\":\"p\"}" },
		{ NULL, NULL },
	};
	struct conf *conf;
	char *errors, path[64];

	enter_with_variables();
	config_files_write(files);
	errors = config_files_read("./a.json", &conf);
	ck_assert_str_eq(errors, "");
	ck_assert_int_eq(conf->limits.head, 2048);
	ck_assert_int_eq(conf->limits.body, 3 << 20);
	ck_assert_int_eq(conf->workers, 3);
	ck_assert_uint_eq(conf->trusted.networks.count, 2);
	/* Relative to the main file. */
	snprintf(path, sizeof(path), "%s/p", config_files_dir());
	ck_assert_str_eq(conf->paths.pid_file, path);
	conf_free(conf);
	free(errors);
	config_files_leave();
}
END_TEST

/* ---- errors ------------------------------------------------------------- */

static const struct {
	struct config_file files[FILES];
	const char *errors;
} bad[] = {
	{ { { "a.json", "{\n \"include\": \"nothing.json\"}" } },
		"a.json:2:13: error: include: nothing.json: No such file or "
		"directory; create it or correct the path\n" },
	{ { { "a.json", "{\"include\":[\"/nothing/*.json\"]}" } },
		"a.json:1:13: error: include: /nothing/*.json: its directory "
		"cannot be read: No such file or directory\n" },
	{ { { "a.json", "{\"include\":\"d/[a-z.json\"," SITE "}" } },
		"a.json:1:12: error: include: d/[a-z.json: no file matches, "
		"and a \"[\" has no \"]\": close it\n" },
	{ { { "a.json", "{\"include\":[\"d/[a]/[]*\",\"d/[!]*\"]," SITE "}" } },
		"a.json:1:13: error: include: d/[a]/[]*: no file matches, "
		"and a \"[\" has no \"]\": close it\n"
		"a.json:1:25: error: include: d/[!]*: no file matches, "
		"and a \"[\" has no \"]\": close it\n" },
	{ { { "a.json", "{\"include\":\"d\"}" } },
		"a.json:1:12: error: include: d: cannot read: is a "
		"directory\n" },
	{ { { "a.json", "{\"include\":[1,\"\",\"d/b\"]}" }, { "d/b", "[]" } },
		"a.json:1:13: error: include: must be the name of a file, a "
		"pattern like \"sites/*.json\" or a list of them\n"
		"a.json:1:15: error: include: must be the name of a file, a "
		"pattern like \"sites/*.json\" or a list of them\n"
		"d/b:1:1: error: this file is included in an object and must "
		"contain an object\n" },
	/* A terminal would obey it. */
	{ { { "a.json", "{\"include\":\"d/\\u001b[2J\"}" } },
		"a.json:1:12: error: include: must be the name of a file, a "
		"pattern like \"sites/*.json\" or a list of them\n" },
	/* The text of an included file. */
	{ { { "a.json", "{\"include\":\"d/[bcd]\"}" },
		  { "d/b", "{\n\"a\":1,}" }, { "d/c", "" },
		  { "d/d", "{\"a\" 1}" } },
		"d/b:2:7: error: remove the comma before this bracket\n"
		"d/c: the file is empty\n"
		"d/d:1:6: error: a colon is missing before this\n" },
	/* Values and keys of it, where lists were joined and moved. */
	{ { { "a.json", "{\"include\":\"b\",\"sites\":[{\"include\":\"d/?\"},\n"
			"{\"hosts\":[\"x\"],\"routes\":[{\"x\":1}]}]}" },
		  { "b", "{\"limits\":{\"body\":-1},\n"
			 "\"sites\":[{\"routes\":[" R("/*") ",{\"y\":1}]}]}" },
		  { "d/1", "[" HOST("a") ",\n" HOST("*") "]" },
		  { "d/2", HOST("b") } },
		"a.json:2:26: error: sites[3].routes[0]: \"path\" is missing\n"
		"a.json:2:26: error: sites[3].routes[0]: needs exactly one of "
		"\"root\", \"redirect\", \"return\" and \"module\"; this has "
		"none\n"
		"a.json:2:27: error: sites[3].routes[0].x: unknown key\n"
		"b:1:19: error: limits.body: must be a size like \"64k\", "
		"\"1m\" or 512; this is -1\n"
		"b:2:48: error: sites[4].routes[1]: \"path\" is missing\n"
		"b:2:48: error: sites[4].routes[1]: needs exactly one of "
		"\"root\", \"redirect\", \"return\" and \"module\"; this has "
		"none\n"
		"b:2:49: error: sites[4].routes[1].y: unknown key\n"
		"d/1:2:11: error: sites[1].hosts[0]: a wildcard may only be "
		"the first or the last label, as in \"*.example.com\" or "
		"\"example.*\"\n" },
	/* Twice the same. */
	{ { { "a.json", "{\"workers\":1,\"limits\":{\"body\":1},"
			"\"include\":[\"b\",\"d/c\"]," SITE "}" },
		  { "b", "{\"user\":\"x\",\"workers\":1}" },
		  { "d/c", "{\"user\":\"y\",\"limits\":{\"body\":2}}" } },
		"b:1:13: error: workers: is set already, in a.json:1:2\n"
		"d/c:1:2: error: user: is set already, in b:1:2\n"
		"d/c:1:23: error: limits.body: is set already, in "
		"a.json:1:24\n" },
	/* Cycles, by whatever name. */
	{ { { "a.json", "{\"include\":\"a.json\"}" } },
		"a.json:1:12: error: include: a cycle: a.json, which a.json "
		"includes: leave out one of them\n" },
	{ { { "a.json", "{\"sites\":[{\"include\":\"b\"}]}" },
		  { "b", "[{\"include\":\"d/c\"}]" },
		  { "d/c", "{\"include\":\"d/../b\"}" } },
		"d/c:1:12: error: include: a cycle: d/../b, which d/c "
		"includes, which b includes: leave out one of them\n" },
	/* It stands in objects of prong only. */
	{ { { "a.json", "{" SITE ",\"trusted\":[{\"include\":\"b\"}],"
			"\"log\":{\"access\":{\"include\":3}}}" } },
		"a.json:1:107: error: include: must be the name of "
		"a file, a pattern like \"sites/*.json\" or a list of them\n" },
};

START_TEST(errors_name_the_file_and_the_position)
{
	struct conf *conf;
	char *errors;

	enter_with_variables();
	config_files_write(bad[_i].files);
	errors = config_files_read("a.json", &conf);
	ck_assert_ptr_null(conf);
	ck_assert_str_eq(errors, bad[_i].errors);
	free(errors);
	config_files_leave();
}
END_TEST

/* The positions of what a module may complain of. */
START_TEST(positions_in_a_config_are_those_of_its_file)
{
	static const struct config_file files[] = {
		{ "a.json", "{\"sites\":[{\"include\":\"b\"}]}" },
		{ "b", "{\"routes\":[\n  {\"path\":\"/*\",\"module\":\"m\","
		       "\"config\": {\"a\": 1,\n \"b\": [2,\n {\"c\": 3}]},"
		       "\"include\":\"d/c\"}]}" },
		{ "d/c", "{\n\"config\":{\"d\": 4}}" },
		{ NULL, NULL },
	};
	static const struct conf_place expected[] = {
		{ "", 2, 39, "b" },
		{ "a", 2, 45, "b" },
		{ "b", 3, 7, "b" },
		{ "b[0]", 3, 8, "b" },
		{ "b[1]", 4, 2, "b" },
		{ "b[1].c", 4, 8, "b" },
		{ "d", 2, 16, "d/c" },
	};
	struct config_file only[] = { files[0], files[1], { NULL, NULL } };
	char whole[256], *errors;
	const struct conf_json *config;
	struct conf *conf;

	/* With what the route includes, and without it. */
	for (size_t n = ROWS(expected); n >= ROWS(expected) - 1; n--) {
		enter_with_variables();
		snprintf(whole, sizeof(whole), "%.*s}]}",
			(int)(strstr(files[1].text, ",\"include\"") -
				files[1].text),
			files[1].text);
		only[1].text = whole;
		config_files_write(n == ROWS(expected) ? files : only);
		errors = config_files_read("a.json", &conf);
		ck_assert_str_eq(errors, "");
		config = &conf->sites[0].routes[0].module.config;
		ck_assert_uint_eq(config->nplaces, n);
		for (size_t i = 0; i < n; i++) {
			ck_assert_str_eq(
				config->places[i].path, expected[i].path);
			ck_assert_uint_eq(
				config->places[i].line, expected[i].line);
			ck_assert_uint_eq(
				config->places[i].column, expected[i].column);
			ck_assert_str_eq(
				config->places[i].file, expected[i].file);
		}
		conf_free(conf);
		free(errors);
		config_files_leave();
	}
}
END_TEST

/* ---- commands ----------------------------------------------------------- */

START_TEST(places_of_the_server_are_found_in_included_files)
{
	static const struct config_file files[] = {
		{ "a.json", "{\"pid_file\":\"/p/${TWO}\","
			    "\"include\":\"d/*.json\",\"workers\":-1}" },
		{ "d/c.json", "{\"control\":\"/c/${UNSET:-d}\"}" },
		{ NULL, NULL },
	};
	struct config_places places;

	enter_with_variables();
	config_files_write(files);
	ck_assert_int_eq(config_places_read(&places, "a.json"), 0);
	ck_assert_str_eq(places.control, "/c/d");
	ck_assert_str_eq(places.pid_file, "/p/2");
	config_places_fini(&places);
	config_files_leave();
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ included_files_stand_where_they_are_named, ROWS(good) },
		{ objects_of_included_files_are_merged, 0 },
		{ errors_name_the_file_and_the_position, ROWS(bad) },
		{ positions_in_a_config_are_those_of_its_file, 0 },
		{ places_of_the_server_are_found_in_included_files, 0 },
	};

	return harness_run("include", tests, ROWS(tests));
}
