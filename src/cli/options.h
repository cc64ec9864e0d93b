/*
 * Parses the command line: prong [COMMAND] [OPTIONS], or prong DIR [-l
 * ADDRESS].
 * SPDX-License-Identifier: MIT
 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>
#include <stdio.h>

#include "cli/check_machine.h"
#include "config/load.h"

enum options_command {
	OPTIONS_RUN, /* no command, or a directory */
	OPTIONS_CHECK,
	OPTIONS_DUMP,
	OPTIONS_SCHEMA,
	OPTIONS_RELOAD,
	OPTIONS_DRAIN,
	OPTIONS_STOP,
	OPTIONS_REOPEN,
	OPTIONS_UNREADY,
	OPTIONS_READY,
	OPTIONS_UPGRADE,
	OPTIONS_SCALE,
	OPTIONS_TOP,
	OPTIONS_LAST, /* explain --last */
	OPTIONS_PS,
	OPTIONS_NEW,
	OPTIONS_EXPLAIN,
	OPTIONS_VERSION,
	OPTIONS_HELP,
};

enum { OPTIONS_FIELDS = 64 };

/* The request of OPTIONS_EXPLAIN. */
struct options_request {
	const char *method, *url;
	const char *fields[OPTIONS_FIELDS]; /* -H */
	size_t nfields;     /* more than OPTIONS_FIELDS are an error */
	const char *client; /* --as; or NULL */
};

struct options {
	enum options_command command;
	const char *file; /* -c, or the default */
	bool is_default_file;
	const char *control;   /* --control: the file is not read; or NULL */
	const char *directory; /* NULL: serve the configuration */
	const char *listen;    /* NULL: the default */
	unsigned workers;      /* for OPTIONS_SCALE */
	const char *name;      /* for OPTIONS_NEW */
	struct options_request request; /* for OPTIONS_EXPLAIN */
	const char *id;                 /* for OPTIONS_LAST */
	bool is_daemon;
	bool is_json;
	bool is_once;      /* top: print one view */
	bool is_strict;    /* check: a warning is an error */
	bool has_no_files; /* check: no file but the configuration is read */
	bool is_diff;      /* check: compare with what runs */
	bool is_quiet;     /* check: print errors only */
	bool is_run;       /* check: run the checks of the configuration */
	bool is_modules;   /* check: start each module */
	bool is_forced;    /* reload, upgrade: without these */
	bool is_running;   /* dump: what runs, not the file */
	/* For commands that read the configuration; main.c sets them. */
	config_check_disks *check_disks;
	check_machine_users *read_users;
	/* Runs the checks in a worker.  Returns 0, or -1 with the reason. */
	int (*run_checks)(const struct conf *, char *why, size_t size);
	/* Starts each module.  Returns how many failed, each with a line on
	 * errors. */
	unsigned (*start_modules)(const struct conf *, FILE *errors);
	/* Prints how a worker answers the request.  Returns as above. */
	int (*explain)(const struct conf *, const struct options_request *,
		bool is_json, char *why, size_t size);
};

/*
 * Parses the arguments.  Returns 0, or 2, the exit status for wrong usage,
 * after one line on errors that says what to do instead.  The texts belong to
 * argv.
 */
int options_parse(struct options *, int argc, char **argv, FILE *errors);

/* Prints the help text, which is made from the same tables. */
void options_help(FILE *);

#endif
