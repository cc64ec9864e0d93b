/*
 * Some commands read the configuration, others send a request to the server
 * that runs with it.  None binds a socket, none needs root.
 * SPDX-License-Identifier: MIT
 */
#include "cli/commands.h"

#include <assert.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "cli/check_machine.h"
#include "cli/config_diff.h"
#include "cli/scaffold.h"
#include "cli/server_commands.h"
#include "cli/top.h"
#include "config/certificate_report.h"
#include "config/load.h"
#include "config/preflight.h"

int
commands_flush(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return COMMANDS_DONE;
	perror("prong: stdout");
	return COMMANDS_FAILED;
}

/* Returns COMMANDS_FAILED, like diff(1), if they differ. */
static int
compare_with_running(const struct options *o, const struct conf *conf)
{
	struct server_answer answer;
	json_t *running, *file;
	char *line, name[64];
	unsigned n = 0;
	int rc = server_commands_ask(o, OPTIONS_DUMP, &answer);

	if (rc != COMMANDS_DONE)
		return rc;
	line = config_dump_line(conf);
	file = line == NULL ? NULL : json_loads(line, 0, NULL);
	running = json_object_get(answer.json, "configuration");
	snprintf(name, sizeof(name),
		"running, generation %" JSON_INTEGER_FORMAT,
		json_integer_value(json_object_get(answer.json, "generation")));
	if (file != NULL)
		n = config_diff(running, name, file, o->file, stdout);
	rc = commands_flush();
	json_decref(file);
	json_decref(answer.json);
	free(line);
	return n > 0 || file == NULL ? COMMANDS_FAILED : rc;
}

static int
dump_running(const struct options *o)
{
	struct server_answer answer;
	int rc = server_commands_ask(o, OPTIONS_DUMP, &answer);

	if (rc != COMMANDS_DONE)
		return rc;
	json_dumpf(json_object_get(answer.json, "configuration"), stdout,
		JSON_INDENT(2));
	putchar('\n');
	json_decref(answer.json);
	return commands_flush();
}

static bool
answer_checks(const struct options *o, const struct conf *conf)
{
	char why[4096];

	if (o->run_checks(conf, why, sizeof(why)) == 0) {
		if (!o->is_quiet)
			printf("%s: %zu check%s answered as wanted\n", o->file,
				conf->checks.count,
				conf->checks.count == 1 ? "" : "s");
		return true;
	}
	fprintf(stderr, "%s: %s\n", o->file, why);
	return false;
}

/* The configuration may be for another machine. */
static bool
check_alone(const struct options *o, const struct conf *conf)
{
	if (preflight_warn_alone(conf, stderr) == 0 || !o->is_strict)
		return true;
	fprintf(stderr, "prong: %s: --strict allows no warning\n", o->file);
	return false;
}

static int
run_check(const struct options *o)
{
	bool is_good;
	int rc;
	struct conf *conf = o->has_no_files ? config_read_alone(o->file, stderr)
					    : config_read_for_command(o->file,
						      o->check_disks, stderr);

	if (conf == NULL)
		return COMMANDS_FAILED;
	is_good = o->has_no_files ? check_alone(o, conf)
				  : check_machine(conf, o->read_users,
					    o->is_strict, stderr);
	if (!o->has_no_files && !o->is_quiet)
		certificate_report(conf, time(NULL), stdout);
	if (is_good && o->is_modules)
		is_good = o->start_modules(conf, stderr) == 0;
	if (is_good && o->is_run)
		is_good = answer_checks(o, conf);
	if (is_good && !o->is_quiet)
		printf("%s: ok\n", o->file);
	rc = is_good ? commands_flush() : COMMANDS_FAILED;
	if (rc == COMMANDS_DONE && o->is_diff)
		rc = compare_with_running(o, conf);
	conf_free(conf);
	return rc;
}

static int
run_dump(const struct options *o)
{
	struct conf *conf;

	if (o->is_running)
		return dump_running(o);
	conf = config_read_for_command(o->file, o->check_disks, stderr);
	if (conf == NULL)
		return COMMANDS_FAILED;
	config_dump(conf, stdout);
	conf_free(conf);
	return commands_flush();
}

static int
run_explain(const struct options *o)
{
	char why[512];
	int rc;
	struct conf *conf =
		config_read_for_command(o->file, o->check_disks, stderr);

	if (conf == NULL)
		return COMMANDS_FAILED;
	rc = o->explain(conf, &o->request, o->is_json, why, sizeof(why));
	if (rc == -1)
		fprintf(stderr, "prong: %s\n", why);
	conf_free(conf);
	return rc == -1 ? COMMANDS_FAILED : commands_flush();
}

static int
run_schema(const struct options *o)
{
	(void)o;
	config_schema(stdout);
	return commands_flush();
}

static int
run_new(const struct options *o)
{
	int rc = scaffold_write(o->name, "/proc/self/exe", stdout, stderr);

	return rc == -1 ? COMMANDS_FAILED : commands_flush();
}

static int
print_version(const struct options *o)
{
	(void)o;
	printf("prong %s\n", PACKAGE_VERSION);
	return commands_flush();
}

static int
print_help(const struct options *o)
{
	(void)o;
	options_help(stdout);
	return commands_flush();
}

int
commands_run(const struct options *o)
{
	static int (*const commands[])(const struct options *) = {
		[OPTIONS_CHECK] = run_check,
		[OPTIONS_DUMP] = run_dump,
		[OPTIONS_SCHEMA] = run_schema,
		[OPTIONS_RELOAD] = server_commands_run,
		[OPTIONS_DRAIN] = server_commands_run,
		[OPTIONS_STOP] = server_commands_run,
		[OPTIONS_REOPEN] = server_commands_run,
		[OPTIONS_UNREADY] = server_commands_run,
		[OPTIONS_READY] = server_commands_run,
		[OPTIONS_UPGRADE] = server_commands_run,
		[OPTIONS_SCALE] = server_commands_run,
		[OPTIONS_LAST] = server_commands_run,
		[OPTIONS_PS] = server_commands_run,
		[OPTIONS_TOP] = top_run,
		[OPTIONS_NEW] = run_new,
		[OPTIONS_EXPLAIN] = run_explain,
		[OPTIONS_VERSION] = print_version,
		[OPTIONS_HELP] = print_help,
	};

	assert(commands[o->command] != NULL);
	return commands[o->command](o);
}
