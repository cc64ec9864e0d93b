/*
 * Some commands read the configuration, others send a request to the server
 * that runs with it.  None binds a socket, none needs root.
 * SPDX-License-Identifier: MIT
 */
#include "cli/commands.h"

#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>

#include "cli/check_machine.h"
#include "cli/scaffold.h"
#include "cli/server_commands.h"
#include "config/certificate_report.h"
#include "config/load.h"

int
commands_flush(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return COMMANDS_DONE;
	perror("prong: stdout");
	return COMMANDS_FAILED;
}

static int
run_check(const struct options *o)
{
	bool is_good;
	struct conf *conf = o->has_no_files ? config_read_alone(o->file, stderr)
					    : config_read_for_command(o->file,
						      o->check_disks, stderr);

	if (conf == NULL)
		return COMMANDS_FAILED;
	is_good = o->has_no_files ||
		  check_machine(conf, o->read_users, o->is_strict, stderr);
	if (!o->has_no_files)
		certificate_report(conf, time(NULL), stdout);
	conf_free(conf);
	if (!is_good)
		return COMMANDS_FAILED;
	printf("%s: ok\n", o->file);
	return commands_flush();
}

static int
run_dump(const struct options *o)
{
	struct conf *conf =
		config_read_for_command(o->file, o->check_disks, stderr);

	if (conf == NULL)
		return COMMANDS_FAILED;
	config_dump(conf, stdout);
	conf_free(conf);
	return commands_flush();
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
		[OPTIONS_UPGRADE] = server_commands_run,
		[OPTIONS_SCALE] = server_commands_run,
		[OPTIONS_PS] = server_commands_run,
		[OPTIONS_NEW] = run_new,
		[OPTIONS_VERSION] = print_version,
		[OPTIONS_HELP] = print_help,
	};

	assert(commands[o->command] != NULL);
	return commands[o->command](o);
}
