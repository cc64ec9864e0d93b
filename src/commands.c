/*
 * The commands: some read the configuration, some signal the server that runs
 * with it.  None binds, none needs root.
 * SPDX-License-Identifier: MIT
 */
#include "commands.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "config.h"
#include "pid_file.h"

enum { DONE = 0, FAILED = 1, NO_SERVER = 3 };

/* A full disk must not look like success. */
static int
finish(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return DONE;
	perror("prong: stdout");
	return FAILED;
}

static int
check(const struct options *o)
{
	struct conf *conf = config_read(o->file, stderr);

	if (conf == NULL)
		return FAILED;
	conf_free(conf);
	printf("%s: ok\n", o->file);
	return finish();
}

static int
dump(const struct options *o)
{
	struct conf *conf = config_read(o->file, stderr);

	if (conf == NULL)
		return FAILED;
	config_dump(conf, stdout);
	conf_free(conf);
	return finish();
}

static int
schema(const struct options *o)
{
	(void)o;
	config_schema(stdout);
	return finish();
}

static int
version(const struct options *o)
{
	(void)o;
	printf("prong %s\n", PRONG_VERSION);
	return finish();
}

static int
help(const struct options *o)
{
	(void)o;
	options_help(stdout);
	return finish();
}

/* ---- to a server ------------------------------------------------------------
 */

static int
find_server(const char *pid_file, pid_t *pid)
{
	*pid = pid_file_holder(pid_file);
	if (*pid > 0)
		return DONE;
	if (*pid == 0) {
		fprintf(stderr, "prong: no server there: nobody holds %s\n",
			pid_file);
		return NO_SERVER;
	}
	fprintf(stderr, "prong: %s: %s\n", pid_file, strerror(errno));
	return FAILED;
}

static int
ask(const char *pid_file, enum signals_action action, const char *request)
{
	pid_t pid;
	int rc = find_server(pid_file, &pid);

	if (rc != DONE)
		return rc;
	if (kill(pid, signals_number(action)) == -1) {
		fprintf(stderr, "prong: pid %ld was not asked: %s\n", (long)pid,
			strerror(errno));
		return errno == ESRCH ? NO_SERVER : FAILED;
	}
	printf("asked pid %ld to %s; see its error log\n", (long)pid, request);
	return finish();
}

static int
ask_of(const struct options *o, enum signals_action action, const char *request)
{
	struct conf *conf = config_read(o->file, stderr);
	int rc;

	if (conf == NULL)
		return FAILED;
	if (conf->pid_file == NULL) {
		fprintf(stderr,
			"prong: %s names no \"pid_file\", so the server "
			"cannot be found\n",
			o->file);
		rc = FAILED;
	} else {
		rc = ask(conf->pid_file, action, request);
	}
	conf_free(conf);
	return rc;
}

static int
reload(const struct options *o)
{
	return ask_of(o, SIGNALS_RELOAD, "reload");
}

static int
drain(const struct options *o)
{
	return ask_of(o, SIGNALS_DRAIN, "drain");
}

static int
stop(const struct options *o)
{
	return ask_of(o, SIGNALS_STOP, "stop");
}

static int
reopen(const struct options *o)
{
	return ask_of(o, SIGNALS_REOPEN, "reopen its logs");
}

int
commands_run(const struct options *o)
{
	static int (*const commands[])(const struct options *) = {
		[OPTIONS_CHECK] = check,
		[OPTIONS_DUMP] = dump,
		[OPTIONS_SCHEMA] = schema,
		[OPTIONS_RELOAD] = reload,
		[OPTIONS_DRAIN] = drain,
		[OPTIONS_STOP] = stop,
		[OPTIONS_REOPEN] = reopen,
		[OPTIONS_VERSION] = version,
		[OPTIONS_HELP] = help,
	};

	assert(commands[o->command] != NULL);
	return commands[o->command](o);
}
