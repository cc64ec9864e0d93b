/*
 * The program: reads the command line, becomes the master.  The only file that
 * sees both sides: it hands worker_main() to the master.
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/daemon.h"
#include "cli/options.h"
#include "config/load.h"
#include "master.h"
#include "supervise/opener.h"
#include "worker.h"

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

/* A program started without them would open a socket as its stderr. */
static void
fill_standard_fds(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd > STDERR_FILENO)
		close(fd);
}

static int
run(struct options *o, char **argv, struct proctitle *title)
{
	struct master_plan plan = {
		.reader = { read_conf, read_conf_text, o },
		.what = o->directory != NULL ? o->directory : o->file,
		.version = PRONG_VERSION,
		.worker = worker_main,
		.title = title,
		.program = program_path(argv),
		.argv = argv,
		.on_serving = daemon_ready,
		.daemon_fd = -1,
		.is_greeting = o->directory != NULL,
	};

	/* Who comes after a daemon is one already. */
	if (o->is_daemon && getenv("PRONG_SOCKETS") == NULL) {
		plan.daemon_fd = daemon_start();
		if (plan.daemon_fd == -1) {
			fprintf(stderr, "prong: not detached: %s\n",
				strerror(errno));
			return 1;
		}
	}
	return master_run(&plan);
}

int
main(int argc, char **argv)
{
	static struct proctitle title; /* holds environ as long as we live */
	struct options options;
	int rc;

	fill_standard_fds();
	proctitle_init(&title, argc, argv);
	rc = options_parse(&options, argc, argv, stderr);
	if (rc != 0)
		return rc;
	options.check_disks = opener_check;
	if (options.command != OPTIONS_RUN)
		return commands_run(&options);
	return run(&options, argv, &title);
}
