/*
 * Variables in a configuration.
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/conf.h"
#include "config/load.h"
#include "support/config_files.h"
#include "support/harness.h"

#define R(path) "{\"path\":\"" path "\",\"return\":200}"
#define SITE    "\"sites\":[{\"routes\":[" R("/*") "]}]"

static void
enter_with_variables(void)
{
	config_files_enter();
	unsetenv("UNSET");
	setenv("EMPTY", "", 1);
	setenv("TWO", "2", 1);
	setenv("TEXT", "a \"b\"", 1);
	setenv("BYTES", "\xff", 1);
	setenv("TRUE", "true", 1);
}

#define RETURN(text)                                                           \
	"{\"sites\":[{\"routes\":[{\"path\":\"/*\",\"return\":200,\"text\":"   \
	"\"" text "\"}]}]}"
#define SYNTAX                                                                 \
	"a variable is written ${NAME} or ${NAME:-DEFAULT}, and $${ stands "   \
	"for the two characters ${\n"

static const struct {
	const char *text, *expanded; /* NULL: wrong */
	const char *error;
} texts[] = {
	{ "${TWO}", "2", NULL },
	{ "x${TWO}${TEXT}y", "x2a \"b\"y", NULL },
	{ "${EMPTY}", "", NULL },
	{ "${EMPTY:-none}", "none", NULL },
	{ "${UNSET:-}", "", NULL },
	{ "${UNSET:-a b:-c$}", "a b:-c$", NULL },
	{ "$${TWO}", "${TWO}", NULL },
	{ "$$${TWO}", "$${TWO}", NULL },
	{ "$${${TWO}", "${2", NULL },
	{ "$TWO $1 $$ {} $", "$TWO $1 $$ {} $", NULL },
	{ "a ${UNSET}", NULL,
		"the environment has no variable UNSET; set it, or write a "
		"default: ${UNSET:-DEFAULT}\n" },
	{ "${BYTES}", NULL, "the variable BYTES is not UTF-8\n" },
	{ "${}", NULL, SYNTAX },
	{ "${", NULL, SYNTAX },
	{ "${1}", NULL, SYNTAX },
	{ "${TWO:}", NULL, SYNTAX },
	{ "${TWO-x}", NULL, SYNTAX },
	{ "${A B}", NULL, SYNTAX },
	{ "${UNSET:-${TWO}}", NULL,
		"the default of a variable must not contain another one\n" },
};

START_TEST(variables_of_a_string_are_replaced)
{
	char text[512], error[512], *errors;
	struct conf *conf;
	FILE *to;

	enter_with_variables();
	to = fopen("a.json", "w");
	snprintf(text, sizeof(text), RETURN("%s"), texts[_i].text);
	fputs(text, to);
	fclose(to);
	snprintf(error, sizeof(error), "a.json:1:55: error: text: %s",
		texts[_i].error);
	errors = config_files_read("a.json", &conf);
	ck_assert_str_eq(errors, texts[_i].error == NULL ? "" : error);
	if (texts[_i].expanded != NULL)
		ck_assert_str_eq(conf->sites[0].routes[0].fixed.text,
			texts[_i].expanded);
	conf_free(conf);
	free(errors);
	config_files_leave();
}
END_TEST

static const struct {
	const char *text, *errors;
} scalars[] = {
	{ "{\"workers\":\"${TWO}\"," SITE "}", "" },
	{ "{\"workers\":\"${UNSET:-auto}\"," SITE "}", "" },
	{ "{\"limits\":{\"fields\":\"${TWO}\"},\"cores\":\"${TRUE}\"," SITE
	  ",\"timeouts\":{\"idle\":\"${TWO}s\"}}",
		"" },
	/* As part of a text it is no number; and a text stays one. */
	{ "{\"workers\":\"${EMPTY}${TWO}\"," SITE "}",
		"a.json:1:12: error: workers: must be a whole number or "
		"\"auto\"; this is \"2\"\n" },
	{ "{\"workers\":\"2\"," SITE "}",
		"a.json:1:12: error: workers: must be a whole number or "
		"\"auto\"; this is \"2\"\n" },
	{ "{\"workers\":\"${TEXT}\"," SITE "}",
		"a.json:1:12: error: workers: must be a whole number or "
		"\"auto\"; this is \"a \\\"b\\\"\"\n" },
	{ "{\"pid_file\":\"${TWO}\"," SITE "}", "" },
	/* A key is not expanded. */
	{ "{\"${TWO}\":1," SITE "}",
		"a.json:1:2: error: [\"${TWO}\"]: unknown key\n" },
	/* The name of an included file, and what is in it. */
	{ "{\"include\":\"d/${TWO}.json\"," SITE "}",
		"a.json:1:12: error: include: d/2.json: No such file or "
		"directory; create it or correct the path\n" },
	{ "{\"include\":\"${UNSET}\"}",
		"a.json:1:12: error: include: the environment has no variable "
		"UNSET; set it, or write a default: ${UNSET:-DEFAULT}\n" },
};

START_TEST(variable_that_is_a_whole_value_may_be_a_number)
{
	const struct config_file files[] = { { "a.json", scalars[_i].text },
		{ NULL, NULL } };
	struct conf *conf;
	char *errors;

	enter_with_variables();
	config_files_write(files);
	errors = config_files_read("a.json", &conf);
	ck_assert_str_eq(errors, scalars[_i].errors);
	ck_assert_int_eq(conf != NULL, *scalars[_i].errors == '\0');
	conf_free(conf);
	free(errors);
	config_files_leave();
}
END_TEST

START_TEST(config_of_a_module_keeps_strings)
{
	const struct config_file files[] = {
		{ "a.json",
			"{\"sites\":[{\"routes\":[{\"path\":\"/*\",\"module\":"
			"\"m\",\"config\":{\"a\":\"${TWO}\",\"include\":\"x\","
			"\"b\":[{\"c\":\"${TEXT}\"}]}}]}]}" },
		{ NULL, NULL },
	};
	struct conf *conf;
	char *errors;

	enter_with_variables();
	config_files_write(files);
	errors = config_files_read("a.json", &conf);
	ck_assert_str_eq(errors, "");
	ck_assert_str_eq(conf->sites[0].routes[0].module.config.text,
		"{\"a\":\"2\",\"include\":\"x\",\"b\":[{\"c\":\"a "
		"\\\"b\\\"\"}]}");
	conf_free(conf);
	free(errors);
	config_files_leave();
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ variables_of_a_string_are_replaced, ROWS(texts) },
		{ variable_that_is_a_whole_value_may_be_a_number,
			ROWS(scalars) },
		{ config_of_a_module_keeps_strings, 0 },
	};

	return harness_run("environment", tests, ROWS(tests));
}
