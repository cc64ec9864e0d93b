/*
 * Errors in a route.
 * SPDX-License-Identifier: MIT
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/load.h"
#include "support/harness.h"

#define ROUTE(r) "{\"sites\":[{\"routes\":[{" r "}]}]}"

static const struct {
	const char *text, *errors;
} mistakes[] = {
	{ ROUTE("\"path\":\"/*\",\"root\":\".\",\"compress\":[\"lzma\"]"),
		"c.json:1:58: error: sites[0].routes[0].compress[0]: must be "
		"one of \"zstd\", \"br\", \"gzip\"; this is \"lzma\"\n" },
	{ ROUTE("\"path\":\"/*\",\"root\":\".\",\"precompressed\":1"),
		"c.json:1:62: error: sites[0].routes[0].precompressed: must "
		"be true or false; this is 1\n" },
	{ ROUTE("\"path\":\"/*\",\"root\":\".\","
		"\"headers\":{\"set\":{\"Date\":\"x\"}}"),
		"c.json:1:64: error: sites[0].routes[0].headers.set.Date: is "
		"set by the server\n" },
	{ ROUTE("\"path\":\"/*\",\"root\":\".\","
		"\"headers\":{\"add\":{\"A\":\"x\\r\\nB: y\"}}"),
		"c.json:1:68: error: sites[0].routes[0].headers.add.A: must "
		"not contain a line break: it would end the field\n" },
	{ ROUTE("\"path\":\"/*\",\"root\":\".\","
		"\"headers\":{\"remove\":[\"a b\"]}"),
		"c.json:1:67: error: sites[0].routes[0].headers.remove[0]: "
		"must be the name of a field\n" },
	{ ROUTE("\"path\":\"/*\",\"root\":\".\","
		"\"types\":{\"a/b\":\"text/x\"}"),
		"c.json:1:55: error: sites[0].routes[0].types[\"a/b\"]: must "
		"be a file name extension like \".foo\", or a whole file "
		"name\n" },
	{ ROUTE("\"path\":\"/*\",\"root\":\".\","
		"\"encodings\":{\".xz\":\"xz\"}"),
		"c.json:1:65: error: sites[0].routes[0].encodings[\".xz\"]: "
		"must be \"gzip\", \"br\" or \"zstd\"\n" },
	{ ROUTE("\"path\":\"/*\",\"root\":\".\","
		"\"types\":{\".foo\":\"text\"}"),
		"c.json:1:62: error: sites[0].routes[0].types[\".foo\"]: "
		"must be a media type like \"text/plain\"\n" },
	{ ROUTE("\"path\":\"/*\",\"root\":\".\",\"allow\":[\"10.0.0.1/8\"]"),
		"c.json:1:55: error: sites[0].routes[0].allow[0]: has address "
		"bits beyond its prefix length; correct one of them\n" },
	{ ROUTE("\"path\":\"/*\",\"root\":\".\",\"deny\":[\"10.0.0.0/33\"]"),
		"c.json:1:54: error: sites[0].routes[0].deny[0]: must be a "
		"network like \"10.0.0.0/8\", \"fd00::/8\" or an IP "
		"address\n" },
	{ ROUTE("\"path\":\"/*\",\"root\":\".\","
		"\"cors\":{\"origins\":[\"a.example\"]}"),
		"c.json:1:65: error: sites[0].routes[0].cors.origins[0]: must "
		"be \"*\" or an origin like \"https://example.com\", without "
		"a path\n" },
	{ ROUTE("\"path\":\"/*\",\"root\":\".\","
		"\"cors\":{\"origins\":[\"*\"],\"credentials\":true}"),
		"c.json:1:53: error: sites[0].routes[0].cors: "
		"\"credentials\" requires explicit origins instead of "
		"\"*\"\n" },
	{ ROUTE("\"path\":\"/*\""),
		"c.json:1:22: error: sites[0].routes[0]: needs exactly one of "
		"\"root\", \"redirect\", \"return\" and \"module\"; this has "
		"none\n" },
	{ ROUTE("\"path\":\"x\",\"module\":\"m\""),
		"c.json:1:30: error: sites[0].routes[0].path: must begin "
		"with '/'\n" },
	{ ROUTE("\"path\":\"/:a/:a\",\"module\":\"m\""),
		"c.json:1:30: error: sites[0].routes[0].path: must not contain "
		"a name twice\n" },
	{ ROUTE("\"path\":\"/a/**/**\",\"module\":\"m\""),
		"c.json:1:30: error: sites[0].routes[0].path: \"**\" may occur "
		"once, with no other '*' in its segment\n" },
	{ ROUTE("\"path\":\"/:a\",\"module\":\"m\"},{\"path\":\"/:a\","
		"\"module\":\"n\""),
		"c.json:1:58: error: sites[0].routes[1].path: the same path "
		"as routes[0]\n" },
	{ ROUTE("\"path\":\"/:a/*\",\"redirect\":\"/$b/$2/$3/$\""),
		"c.json:1:49: error: sites[0].routes[0].redirect: \"$b\" "
		"is undefined: the path has no such wildcard\n"
		"c.json:1:49: error: sites[0].routes[0].redirect: \"$3\" "
		"is undefined: the path has no such wildcard\n"
		"c.json:1:49: error: sites[0].routes[0].redirect: '$' must be "
		"followed by a name or a digit; \"$$\" is a dollar sign\n" },
	{ ROUTE("\"path\":\"/*\",\"redirect\":\"https://a.example$1\""),
		"c.json:1:46: error: sites[0].routes[0].redirect: must begin "
		"with a path, like \"/new/$1\", or a host, like "
		"\"https://example.com/$1\"\n" },
	{ ROUTE("\"path\":\"/*\",\"redirect\":\"$1\""),
		"c.json:1:46: error: sites[0].routes[0].redirect: must begin "
		"with a path, like \"/new/$1\", or a host, like "
		"\"https://example.com/$1\"\n" },
	{ ROUTE("\"path\":\"/*\",\"redirect\":\"$scheme://$1\""),
		"c.json:1:46: error: sites[0].routes[0].redirect: must begin "
		"with a path, like \"/new/$1\", or a host, like "
		"\"https://example.com/$1\"\n" },
	{ ROUTE("\"path\":\"/*\",\"redirect\":\"$scheme\""),
		"c.json:1:46: error: sites[0].routes[0].redirect: must begin "
		"with a path, like \"/new/$1\", or a host, like "
		"\"https://example.com/$1\"\n" },
	{ ROUTE("\"path\":\"/*\",\"redirect\":\"$scheme$host/\""),
		"c.json:1:46: error: sites[0].routes[0].redirect: must begin "
		"with a path, like \"/new/$1\", or a host, like "
		"\"https://example.com/$1\"\n" },
	{ ROUTE("\"path\":\"/*\",\"return\":301"),
		"c.json:1:44: error: sites[0].routes[0].return: must not be "
		"300 to 399; see \"redirect\"\n" },
	{ ROUTE("\"path\":\"/*\",\"return\":204,\"text\":\"a\""),
		"c.json:1:55: error: sites[0].routes[0].text: must not be "
		"given with status 204, which has no content\n" },
	{ ROUTE("\"path\":\"/*\",\"root\":\".\",\"try\":[\"x\"]"),
		"c.json:1:53: error: sites[0].routes[0].try[0]: must begin "
		"with '/' or \"$path\", or be a status like \"=404\"\n" },
	{ ROUTE("\"path\":\"/*\",\"root\":\".\",\"try\":[\"=404\",\"/$2\"]"),
		"c.json:1:53: error: sites[0].routes[0].try[0]: a status must "
		"be the last element\n"
		"c.json:1:60: error: sites[0].routes[0].try[1]: \"$2\" is "
		"undefined: the path has no such wildcard\n" },
	{ ROUTE("\"path\":\"/*\",\"root\":\".\",\"cache_control_types\":"
		"{\"text\":\"no-cache\"}"),
		"c.json:1:69: error: sites[0].routes[0].cache_control_types."
		"text: must be a media type like \"text/html\" or "
		"\"image/*\"\n" },
	{ ROUTE("\"path\":\"/x\",\"module\":\"m\",\"status\":301"),
		"c.json:1:48: error: sites[0].routes[0].status: is only valid "
		"with \"redirect\"\n" },
	{ ROUTE("\"path\":\"/x\",\"redirect\":\"/y\",\"status\":200"),
		"c.json:1:60: error: sites[0].routes[0].status: must be one "
		"of 301, 302, 303, 307, 308; this is 200\n" },
	{ ROUTE("\"path\":\"/x\",\"redirect\":\"/y\\r\\nA: b\""),
		"c.json:1:46: error: sites[0].routes[0].redirect: must not "
		"contain a line break: it would end the field\n" },
	{ ROUTE("\"path\":\"/x\",\"redirect\":\"/$1\""),
		"c.json:1:46: error: sites[0].routes[0].redirect: \"$1\" "
		"is undefined: the path has no such wildcard\n" },
	{ ROUTE("\"path\":\"/x\",\"module\":\"m\"},{\"path\":\"/x\","
		"\"module\":\"n\""),
		"c.json:1:57: error: sites[0].routes[1].path: the same path "
		"as routes[0]\n" },
};

static char *
parse_with_errors(const char *bytes)
{
	char *text = NULL;
	size_t size = 0;
	FILE *errors = open_memstream(&text, &size);

	ck_assert_ptr_nonnull(errors);
	ck_assert_ptr_null(
		config_parse("c.json", bytes, strlen(bytes), errors));
	fclose(errors);
	return text;
}

START_TEST(error_is_reported_with_its_position)
{
	char *errors = parse_with_errors(mistakes[_i].text);

	ck_assert_str_eq(errors, mistakes[_i].errors);
	free(errors);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ error_is_reported_with_its_position, ROWS(mistakes) },
	};

	return harness_run("validate_route", tests, ROWS(tests));
}
