/*
 * The program: reads the command line, becomes the master.  The only file that
 * sees both sides: it hands worker_main() to the master.
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/daemon.h"
#include "cli/options.h"
#include "cli/standard_input.h"
#include "common/standard_fds.h"
#include "config/load.h"
#include "explain.h"
#include "master.h"
#include "serve/auth.h"
#include "signals.h"
#include "supervise/opener.h"
#include "trial.h"
#include "worker.h"

static bool
has_stdin(const struct options *o)
{
	return o->directory == NULL && o->file != NULL &&
	       strcmp(o->file, "-") == 0;
}

static struct conf *
read_conf_with(const struct options *o, config_check_disks *check, FILE *errors)
{
	if (o->directory != NULL)
		return config_from_directory(
			o->directory, o->listen, check, errors);
	return config_read(o->file, check, errors);
}

static struct conf *
read_conf(void *arg, FILE *errors)
{
	return read_conf_with(arg, opener_check, errors);
}

static struct conf *
read_conf_text(void *arg, FILE *errors)
{
	return read_conf_with(arg, NULL, errors);
}

static int
read_users(const struct conf_auth *conf, char *why, size_t size)
{
	struct auth *a = auth_open(conf, NULL, why, size);

	auth_close(a);
	return a == NULL ? -1 : 0;
}

static int
explain_for(const struct conf *conf, const struct options_request *request,
	bool is_json, char *why, size_t size)
{
	const struct explain_request asked = { .method = request->method,
		.url = request->url,
		.fields = request->fields,
		.nfields = request->nfields,
		.client = request->client };

	return explain_run(conf, &asked, is_json, stdout, why, size);
}

/* The command line of a daemon, with whole paths. */
struct detached {
	char *program, *file;
	char *argv[5];
};

/*
 * Detaches.  An upgrade executes the program with the same arguments from the
 * directory of a daemon, so that these must hold there.  Returns 0, or -1 with
 * errno.
 */
static int
detach_from_terminal(struct options *o, struct master_plan *plan,
	struct detached *d, char *name)
{
	char **argv = d->argv;

	d->program = daemon_path(plan->program);
	d->file = daemon_path(o->file);
	if (d->program == NULL || d->file == NULL)
		return -1;
	o->file = plan->what = d->file;
	plan->program = d->program;
	argv[0] = name;
	argv[1] = (char *)"-c";
	argv[2] = d->file;
	argv[3] = (char *)"-d";
	plan->argv = argv;
	plan->is_daemon = true;
	/* What comes after a daemon is one already. */
	if (getenv("PRONG_SOCKETS") != NULL)
		return 0;
	plan->daemon_fd = daemon_start();
	return plan->daemon_fd == -1 ? -1 : 0;
}

static int
run_master(struct options *o, char **argv, struct proctitle *title)
{
	struct detached detached = { .program = NULL };
	struct master_plan plan = {
		.reader = { read_conf, read_conf_text, o, has_stdin(o) },
		.what = o->directory != NULL ? o->directory : o->file,
		.version = PACKAGE_VERSION,
		.worker = worker_main,
		.title = title,
		.program = program_path(argv),
		.argv = argv,
		.on_serving = daemon_ready,
		.daemon_fd = -1,
		.is_greeting = o->directory != NULL,
	};
	int rc = 1;

	if (o->is_daemon &&
		detach_from_terminal(o, &plan, &detached, argv[0]) == -1)
		fprintf(stderr, "prong: not detached: %s\n", strerror(errno));
	else
		rc = master_run(&plan);
	free(detached.program);
	free(detached.file);
	return rc;
}

int
main(int argc, char **argv)
{
	static struct proctitle title; /* holds environ as long as we live */
	struct options options;
	int rc;

	standard_fds_fill();
	proctitle_init(&title, argc, argv);
	rc = options_parse(&options, argc, argv, stderr);
	if (rc != 0)
		return rc;
	options.check_disks = opener_check;
	options.read_users = read_users;
	options.run_checks = trial_run;
	options.start_modules = trial_start_modules;
	options.explain = explain_for;
	if (options.command == OPTIONS_RUN)
		signals_hold();
	if (has_stdin(&options) && standard_input_keep(stderr) == -1)
		return 1;
	if (options.command != OPTIONS_RUN)
		return commands_run(&options);
	return run_master(&options, argv, &title);
}
