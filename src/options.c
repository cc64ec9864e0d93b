/*
 * The command line, from two tables: commands and options.  The help is
 * printed from them as well.
 * SPDX-License-Identifier: MIT
 */
#include "options.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "address.h"
#include "common/edit_distance.h"

#define DEFAULT_FILE PRONG_SYSCONFDIR "/prong.json"

enum {
	USAGE = 2,
	NEAR = 2, /* edits that still look like a slip */
	WORKERS_MAX = 512,
};

struct command {
	const char *name;
	enum options_command command;
	const char *help;
};

struct option_row {
	const char *name;
	int letter;           /* 0: none */
	const char *argument; /* NULL: takes none */
	const char *help;
};

// clang-format off
static const struct command commands[] = {
	{ "check",   OPTIONS_CHECK,   "say whether the configuration is right" },
	{ "dump",    OPTIONS_DUMP,    "print it with every default filled in" },
	{ "schema",  OPTIONS_SCHEMA,  "print the JSON Schema of the file" },
	{ "reload",  OPTIONS_RELOAD,  "ask the server to read it again" },
	{ "drain",   OPTIONS_DRAIN,   "ask it to finish its work and leave" },
	{ "stop",    OPTIONS_STOP,    "ask it to leave now" },
	{ "reopen",  OPTIONS_REOPEN,  "ask it to open its log files again" },
	{ "scale",   OPTIONS_SCALE,   "ask it to serve with N workers" },
	{ "ps",      OPTIONS_PS,      "show its workers and what they do" },
	{ "upgrade", OPTIONS_UPGRADE, "run the new binary in its place" },
	{ "new",     OPTIONS_NEW,     "write a module NAME to begin with" },
	{ "version", OPTIONS_VERSION, "print the version" },
	{ "help",    OPTIONS_HELP,    "print this" },
};

static const struct option_row rows[] = {
	{ "config",  'c', "FILE",    "configuration (" DEFAULT_FILE ")" },
	{ "listen",  'l', "ADDRESS", "with DIR: where to listen" },
	{ "daemon",  'd', NULL,      "detach once the workers are ready" },
	{ "json",    'j', NULL,      "print the server's answer as JSON" },
	{ "version", 'V', NULL,      "print the version" },
	{ "help",    'h', NULL,      "print this" },
};
// clang-format on

enum {
	COMMANDS = sizeof(commands) / sizeof(commands[0]),
	ROWS = sizeof(rows) / sizeof(rows[0]),
};

/* ---- what was meant ----------------------------------------------------- */

static void
keep_nearest(
	const char *text, const char *name, const char **best, unsigned *limit)
{
	unsigned d = edit_distance(text, name);

	if (d > *limit || d >= strlen(name))
		return;
	*best = name;
	*limit = d == 0 ? 0 : d - 1;
}

static const char *
nearest_command(const char *text)
{
	const char *best = NULL;
	unsigned limit = NEAR;

	for (size_t i = 0; i < COMMANDS; i++)
		keep_nearest(text, commands[i].name, &best, &limit);
	return best;
}

static const char *
nearest_option(const char *text)
{
	const char *best = NULL;
	unsigned limit = NEAR;

	for (size_t i = 0; i < ROWS; i++)
		keep_nearest(text, rows[i].name, &best, &limit);
	return best;
}

static int
unknown(FILE *errors, const char *what, const char *dashes, const char *text,
	const char *meant)
{
	fprintf(errors, "prong: %s: %s", text, what);
	if (meant != NULL)
		fprintf(errors, " (did you mean %s%s?)", dashes, meant);
	fprintf(errors, "; try prong --help\n");
	return USAGE;
}

/* ---- options ------------------------------------------------------------ */

struct getopt_tables {
	char letters[2 * ROWS + 2];
	struct option longs[ROWS + 1];
};

static void
make_tables(struct getopt_tables *t)
{
	char *at = t->letters;

	memset(t, 0, sizeof(*t));
	*at++ = ':'; /* tell a missing argument from an unknown option */
	for (size_t i = 0; i < ROWS; i++) {
		*at++ = (char)rows[i].letter;
		if (rows[i].argument != NULL)
			*at++ = ':';
		t->longs[i] = (struct option){ rows[i].name,
			rows[i].argument != NULL, NULL, rows[i].letter };
	}
}

static int
lacks_value(FILE *errors, const char *option)
{
	fprintf(errors, "prong: %s needs a value; try prong --help\n", option);
	return USAGE;
}

static int
bad_option(FILE *errors, int c, char *text)
{
	if (c == ':')
		return lacks_value(errors, text);
	if (strncmp(text, "--", 2) == 0)
		return unknown(errors, "unknown option", "--", text,
			nearest_option(text + 2));
	return unknown(errors, "unknown option", "", text, NULL);
}

static int
take_options(struct options *o, int argc, char **argv, FILE *errors)
{
	struct getopt_tables t;
	int c;

	make_tables(&t);
	optind = 0; /* glibc: from the beginning, also a second time */
	opterr = 0;
	for (;;) {
		int at = optind == 0 ? 1 : optind;

		c = getopt_long(argc, argv, t.letters, t.longs, NULL);
		switch (c) {
		case -1:
			return 0;
		case 'c':
			o->file = optarg;
			break;
		case 'l':
			o->listen = optarg;
			break;
		case 'd':
			o->is_daemon = true;
			break;
		case 'j':
			o->is_json = true;
			break;
		case 'V':
			o->command = OPTIONS_VERSION;
			break;
		case 'h':
			o->command = OPTIONS_HELP;
			break;
		default:
			return bad_option(
				errors, c, argv[optind > at ? optind - 1 : at]);
		}
	}
}

/* ---- words -------------------------------------------------------------- */

static const struct command *
find_command(const char *name)
{
	for (size_t i = 0; i < COMMANDS; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

/* A word is a command, or else a directory; "./check" is never a command. */
static int
take_word(struct options *o, const char *word, FILE *errors)
{
	const struct command *c = find_command(word);
	struct stat st;

	if (c != NULL) {
		o->command = c->command;
		return 0;
	}
	if (stat(word, &st) == -1)
		return unknown(errors, "no such command or directory", "", word,
			nearest_command(word));
	if (!S_ISDIR(st.st_mode)) {
		fprintf(errors,
			"prong: %s: not a directory; a configuration is "
			"given with -c\n",
			word);
		return USAGE;
	}
	o->directory = word;
	return 0;
}

static int
take_no_more(const struct options *o, const char *word, FILE *errors)
{
	struct stat st;

	if (o->file != NULL || stat(word, &st) == -1 || !S_ISREG(st.st_mode))
		return unknown(errors, "one word too many", "", word, NULL);
	fprintf(errors,
		"prong: %s: one word too many; a configuration is given with "
		"-c\n",
		word);
	return USAGE;
}

/* `scale` alone takes a word more. */
static int
take_workers(struct options *o, const char *word, FILE *errors)
{
	char *end;
	unsigned long n = word == NULL ? 0 : strtoul(word, &end, 10);

	if (n >= 1 && n <= WORKERS_MAX && *end == '\0' && *word != '+') {
		o->workers = (unsigned)n;
		return 0;
	}
	fprintf(errors, "prong: scale needs a number of workers, 1 to %d\n",
		WORKERS_MAX);
	return USAGE;
}

/* So does `new`. */
static int
take_name(struct options *o, const char *word, FILE *errors)
{
	o->name = word;
	if (word != NULL)
		return 0;
	fprintf(errors, "prong: new needs a name: prong new hello\n");
	return USAGE;
}

/* Only what a server answers can be printed as JSON. */
static bool
is_answered(enum options_command c)
{
	return c >= OPTIONS_RELOAD && c <= OPTIONS_PS;
}

static int
check_listen(const struct options *o, FILE *errors)
{
	struct conf_listen unused;
	const char *wrong = NULL;

	if (o->listen != NULL)
		wrong = address_parse(o->listen, ".", &unused);
	if (wrong == NULL)
		return 0;
	fprintf(errors, "prong: --listen %s: %s\n", o->listen, wrong);
	return USAGE;
}

static int
check_together(const struct options *o, FILE *errors)
{
	const char *wrong = NULL;

	if (o->file != NULL && *o->file == '\0')
		return lacks_value(errors, "--config");
	if (o->listen != NULL && *o->listen == '\0')
		return lacks_value(errors, "--listen");
	if (o->listen != NULL && o->directory == NULL)
		wrong = "--listen goes with a directory; a configuration "
			"says \"listen\" itself";
	else if (o->directory != NULL && o->file != NULL)
		wrong = "serve a directory or a configuration, not both";
	else if (o->is_daemon && o->command != OPTIONS_RUN)
		wrong = "--daemon goes with no command";
	else if (o->file != NULL && o->command == OPTIONS_NEW)
		wrong = "new reads no configuration";
	else if (o->is_json && !is_answered(o->command))
		wrong = "--json goes with a command that a server answers";
	else if (o->is_daemon && o->directory != NULL)
		wrong = "--daemon goes with a configuration: nothing but "
			"\"pid_file\" finds the server again";
	if (wrong == NULL)
		return check_listen(o, errors);
	fprintf(errors, "prong: %s; try prong --help\n", wrong);
	return USAGE;
}

int
options_parse(struct options *o, int argc, char **argv, FILE *errors)
{
	int rc;

	*o = (struct options){ .command = OPTIONS_RUN };
	rc = take_options(o, argc, argv, errors);
	if (rc != 0 || o->command != OPTIONS_RUN)
		return rc;
	if (optind < argc)
		rc = take_word(o, argv[optind++], errors);
	if (rc == 0 && o->command == OPTIONS_SCALE)
		rc = take_workers(o, argv[optind++], errors);
	if (rc == 0 && o->command == OPTIONS_NEW)
		rc = take_name(o, argv[optind++], errors);
	if (rc == 0 && optind < argc)
		rc = take_no_more(o, argv[optind], errors);
	if (rc == 0)
		rc = check_together(o, errors);
	if (o->file == NULL)
		o->file = DEFAULT_FILE;
	return rc;
}

void
options_help(FILE *out)
{
	fprintf(out, "usage: prong DIR [-l ADDRESS]\n"
		     "       prong [-c FILE] [--daemon]\n"
		     "       prong COMMAND [-c FILE]\n"
		     "       prong scale N [-c FILE]\n"
		     "       prong new NAME\n\ncommands:\n");
	for (size_t i = 0; i < COMMANDS; i++)
		fprintf(out, "  %-10s %s\n", commands[i].name,
			commands[i].help);
	fprintf(out, "\noptions:\n");
	for (size_t i = 0; i < ROWS; i++)
		fprintf(out, "  -%c, --%-8s %-8s %s\n", rows[i].letter,
			rows[i].name,
			rows[i].argument != NULL ? rows[i].argument : "",
			rows[i].help);
	fprintf(out, "\nexit status: 0 done, 1 refused or failed, 2 usage, "
		     "3 no server there\nprong(8) says more.\n");
}
