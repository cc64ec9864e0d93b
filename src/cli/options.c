/*
 * Parses the command line by two tables, one of commands and one of options,
 * from which the help text is made as well.
 * SPDX-License-Identifier: MIT
 */
#include "cli/options.h"

#include <getopt.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/habits.h"
#include "cli/nginx_options.h"
#include "cli/option_conflicts.h"
#include "common/edit_distance.h"
#include "config/address.h"

#define DEFAULT_FILE PRONG_SYSCONFDIR "/prong.json"

enum {
	USAGE = 2,
	NEAR = 2, /* edits that still look like a typing error */
	WORKERS_MAX = 512,
};

struct command {
	const char *name;
	enum options_command command;
	const char *help;
};

struct option_row {
	const char *name;
	int letter;           /* from CONTROL on: no short form */
	const char *argument; /* NULL: no argument */
	const char *help;
};

// clang-format off
/* Options without a short form. */
enum {
	CONTROL = 256, ONCE, STRICT, NO_FILES, DIFF, RUN, FORCE, RUNNING, AS, LAST, MODULES
};

static const struct command commands[] = {
	{ "check",   OPTIONS_CHECK,   "check the configuration" },
	{ "dump",    OPTIONS_DUMP,    "print the configuration with all defaults" },
	{ "schema",  OPTIONS_SCHEMA,  "print the JSON Schema of the configuration" },
	{ "reload",  OPTIONS_RELOAD,  "reload the configuration of the server" },
	{ "drain",   OPTIONS_DRAIN,   "finish requests in flight, then shut down" },
	{ "stop",    OPTIONS_STOP,    "shut down now" },
	{ "reopen",  OPTIONS_REOPEN,  "reopen the log files" },
	{ "unready", OPTIONS_UNREADY, "answer 503 at /readyz, and serve on" },
	{ "ready",   OPTIONS_READY,   "end that" },
	{ "scale",   OPTIONS_SCALE,   "set the number of workers to N" },
	{ "ps",      OPTIONS_PS,      "list the workers and what they are doing" },
	{ "top",     OPTIONS_TOP,     "show requests, workers and sites by the second" },
	{ "upgrade", OPTIONS_UPGRADE, "replace the server by the installed program" },
	{ "new",     OPTIONS_NEW,     "create a module NAME" },
	{ "explain", OPTIONS_EXPLAIN, "explain the response to a request: [METHOD] URL" },
	{ "version", OPTIONS_VERSION, "print the version" },
	{ "help",    OPTIONS_HELP,    "print this help" },
};

static const struct option_row rows[] = {
	{ "config",  'c', "FILE",    "configuration file, or - for standard input (" DEFAULT_FILE ")" },
	{ "control", CONTROL, "PATH", "control socket of the server; no file is read" },
	{ "listen",  'l', "ADDRESS", "with DIR: the address to listen on" },
	{ "daemon",  'd', NULL,      "run in the background" },
	{ "json",    'j', NULL,      "print the server's answer as JSON" },
	{ "once",    ONCE, NULL,      "with top: print one view, and end" },
	{ "strict",  STRICT, NULL,   "with check: warnings fail, too" },
	{ "no-files", NO_FILES, NULL, "with check: look only at the configuration" },
	{ "diff", DIFF, NULL,         "with check: compare with what runs" },
	{ "run", RUN, NULL,           "with check: start a worker that answers the \"checks\"" },
	{ "modules", MODULES, NULL,   "with check: start each module in a process of its own" },
	{ "force", FORCE, NULL,       "with reload, upgrade: leave out the \"checks\"" },
	{ "running", RUNNING, NULL,   "with dump: print what runs" },
	{ "header", 'H', "FIELD",     "with explain: a field of the request, \"Name: value\"" },
	{ "as", AS, "ADDRESS",        "with explain: the address of the client (127.0.0.1)" },
	{ "last", LAST, "ID",         "with explain: what the server did for a request ID" },
	{ "version", 'V', NULL,      "print the version" },
	{ "help",    'h', NULL,      "print this help" },
};

#define FLAG(name) offsetof(struct options, name)
static const struct {
	int letter;
	size_t offset; /* of the bool that it sets */
} flags[] = {
	{ 'd', FLAG(is_daemon) },       { 'j', FLAG(is_json) },
	{ ONCE, FLAG(is_once) },        { STRICT, FLAG(is_strict) },    { NO_FILES, FLAG(has_no_files) },
	{ DIFF, FLAG(is_diff) },        { RUN, FLAG(is_run) },
	{ RUNNING, FLAG(is_running) },  { FORCE, FLAG(is_forced) },
	{ MODULES, FLAG(is_modules) },
};
// clang-format on

enum {
	COMMANDS = sizeof(commands) / sizeof(commands[0]),
	ROWS = sizeof(rows) / sizeof(rows[0]),
};

/* ---- suggestions --------------------------------------------------------- */

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

/* No mistyped word is taken for one that ends the server. */
static const char *
find_nearest_command(const char *text)
{
	const char *best = NULL;
	unsigned limit = NEAR;

	for (size_t i = 0; i < COMMANDS; i++)
		if (commands[i].command != OPTIONS_DRAIN &&
			commands[i].command != OPTIONS_STOP)
			keep_nearest(text, commands[i].name, &best, &limit);
	return best;
}

static const char *
find_nearest_option(const char *text)
{
	const char *best = NULL;
	unsigned limit = NEAR;

	for (size_t i = 0; i < ROWS; i++)
		keep_nearest(text, rows[i].name, &best, &limit);
	return best;
}

static int
report_unknown(FILE *errors, const char *what, const char *dashes,
	const char *text, const char *meant)
{
	fprintf(errors, "prong: %s: %s", text, what);
	if (meant != NULL)
		fprintf(errors, " (did you mean %s%s?)", dashes, meant);
	fprintf(errors, "; try prong --help\n");
	return USAGE;
}

/* ---- options ------------------------------------------------------------- */

struct getopt_tables {
	char letters[2 * ROWS + 2 + sizeof(NGINX_OPTIONS)];
	struct option longs[ROWS + 1];
};

static void
make_tables(struct getopt_tables *t)
{
	char *at = t->letters;

	memset(t, 0, sizeof(*t));
	/* distinguishes a missing argument from an unknown option */
	*at++ = ':';
	for (size_t i = 0; i < ROWS; i++) {
		if (rows[i].letter < CONTROL)
			*at++ = (char)rows[i].letter;
		if (rows[i].letter < CONTROL && rows[i].argument != NULL)
			*at++ = ':';
		t->longs[i] = (struct option){ rows[i].name,
			rows[i].argument != NULL, NULL, rows[i].letter };
	}
	memcpy(at, NGINX_OPTIONS, sizeof(NGINX_OPTIONS));
}

static int
report_missing_value(FILE *errors, const char *option)
{
	fprintf(errors, "prong: %s needs a value; try prong --help\n", option);
	return USAGE;
}

/* Returns USAGE after an answer to what another server would understand. */
static int
report_habit(
	FILE *errors, const char *what, const char *word, const char *answer)
{
	fprintf(errors, "prong: %s: %s; %s; try prong --help\n", word, what,
		answer);
	return USAGE;
}

static int
report_bad_option(FILE *errors, int c, const char *text)
{
	const char letter[] = { '-', (char)(c == 's' ? c : optopt), '\0' };
	const char *answer = habits_find(letter);

	if (c == ':')
		return report_missing_value(errors, text);
	if (answer != NULL)
		return report_habit(errors, "unknown option", letter, answer);
	if (strncmp(text, "--", 2) == 0)
		return report_unknown(errors, "unknown option", "--", text,
			find_nearest_option(text + 2));
	return report_unknown(errors, "unknown option", "", text, NULL);
}

/* Returns false if the letter is none of an option. */
static bool
take_flag(struct options *o, int letter)
{
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (flags[i].letter == letter)
			return *(bool *)((char *)o + flags[i].offset) = true;
	return false;
}

static bool
take_option(struct options *o, int letter)
{
	switch (letter) {
	case 'c':
		/* Relative paths would begin at /dev. */
		o->file = strcmp(optarg, "/dev/stdin") == 0 ? "-" : optarg;
		return true;
	case CONTROL:
		o->control = optarg;
		return true;
	case 'l':
		o->listen = optarg;
		return true;
	case 'H':
		if (o->request.nfields < OPTIONS_FIELDS)
			o->request.fields[o->request.nfields] = optarg;
		o->request.nfields++;
		return true;
	case AS:
		o->request.client = optarg;
		return true;
	case LAST:
		o->id = optarg;
		return true;
	case 'V':
		o->command = OPTIONS_VERSION;
		return true;
	case 'h':
		o->command = OPTIONS_HELP;
		return true;
	}
	return take_flag(o, letter) || nginx_options_take(o, letter, optarg);
}

static int
take_options(struct options *o, int argc, char **argv, FILE *errors)
{
	struct getopt_tables t;
	int c, at;

	make_tables(&t);
	optind = 0; /* glibc: restarts the scan */
	opterr = 0;
	for (;;) {
		at = optind == 0 ? 1 : optind;
		c = getopt_long(argc, argv, t.letters, t.longs, NULL);
		if (c == -1)
			return 0;
		if (take_option(o, c))
			continue;
		at = optind > at ? optind - 1 : at;
		return report_bad_option(errors, c, argv[at]);
	}
}

/* ---- arguments ----------------------------------------------------------- */

static const struct command *
find_command(const char *name)
{
	for (size_t i = 0; i < COMMANDS; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

static bool
is_directory(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static int
take_directory(struct options *o, const char *word, FILE *errors)
{
	if (is_directory(word)) {
		o->directory = word;
		return 0;
	}
	if (access(word, F_OK) == -1)
		return report_unknown(errors, "no such command or directory",
			"", word, find_nearest_command(word));
	fprintf(errors,
		"prong: %s: not a directory; use -c to name a "
		"configuration\n",
		word);
	return USAGE;
}

/*
 * The first argument is a command or a directory.  A directory has a slash, or
 * is "." or "..", so that no word that was meant as a command is served.
 */
static int
take_command_or_directory(struct options *o, const char *word, FILE *errors)
{
	const char *answer = habits_find(word);
	const struct command *c = find_command(word);
	bool is_path = strchr(word, '/') != NULL || strcmp(word, ".") == 0 ||
		       strcmp(word, "..") == 0;

	if (c != NULL) {
		o->command = c->command;
		return 0;
	}
	if (is_path)
		return take_directory(o, word, errors);
	if (is_directory(word)) {
		fprintf(errors,
			"prong: %s: no such command; to serve the directory of "
			"that name: prong ./%s\n",
			word, word);
		return USAGE;
	}
	if (answer != NULL)
		return report_habit(errors, "no such command", word, answer);
	return take_directory(o, word, errors);
}

static int
report_extra_argument(const struct options *o, const char *word, FILE *errors)
{
	struct stat st;

	if (o->file != NULL || stat(word, &st) == -1 || !S_ISREG(st.st_mode))
		return report_unknown(
			errors, "unexpected argument", "", word, NULL);
	fprintf(errors,
		"prong: %s: unexpected argument; use -c to name a "
		"configuration\n",
		word);
	return USAGE;
}

/* Takes the number of workers, the argument of `scale`. */
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

/* Takes the name, the argument of `new`. */
static int
take_name(struct options *o, const char *word, FILE *errors)
{
	o->name = word;
	if (word != NULL)
		return 0;
	fprintf(errors, "prong: new needs a name: prong new hello\n");
	return USAGE;
}

/* Takes METHOD and URL, the arguments of `explain`. */
static int
take_request(struct options *o, char **words, int n, FILE *errors)
{
	bool has_method = n > 1 && strpbrk(words[0], "/*.") == NULL;

	if (o->id != NULL) {
		o->command = OPTIONS_LAST;
		return 0;
	}
	if (n == 0)
		return report_missing_value(errors, "explain URL");
	o->request.method = has_method ? words[0] : "GET";
	o->request.url = words[has_method];
	optind += 1 + has_method;
	return 0;
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
check_combination(const struct options *o, FILE *errors)
{
	const char *wrong;

	if (o->file != NULL && *o->file == '\0')
		return report_missing_value(errors, "--config");
	if (o->listen != NULL && *o->listen == '\0')
		return report_missing_value(errors, "--listen");
	if (o->control != NULL && *o->control == '\0')
		return report_missing_value(errors, "--control");
	wrong = option_conflicts_find(o);
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
	if (rc != 0 || o->command == OPTIONS_VERSION ||
		o->command == OPTIONS_HELP)
		return rc;
	if (optind < argc && o->command == OPTIONS_RUN)
		rc = take_command_or_directory(o, argv[optind++], errors);
	if (rc == 0 && o->command == OPTIONS_SCALE)
		rc = take_workers(o, argv[optind++], errors);
	if (rc == 0 && o->command == OPTIONS_NEW)
		rc = take_name(o, argv[optind++], errors);
	if (rc == 0 && o->command == OPTIONS_EXPLAIN)
		rc = take_request(o, argv + optind, argc - optind, errors);
	if (rc == 0 && optind < argc)
		rc = report_extra_argument(o, argv[optind], errors);
	if (rc == 0)
		rc = check_combination(o, errors);
	o->is_default_file = o->file == NULL;
	if (o->is_default_file)
		o->file = DEFAULT_FILE;
	return rc;
}

static void
print_row(const struct option_row *r, FILE *out)
{
	char letter[8] = "    ";

	if (r->letter < CONTROL)
		snprintf(letter, sizeof(letter), "-%c, ", r->letter);
	fprintf(out, "  %s--%-8s %-8s %s\n", letter, r->name,
		r->argument != NULL ? r->argument : "", r->help);
}

void
options_help(FILE *out)
{
	fprintf(out, "usage: prong DIR [-l ADDRESS]\n"
		     "       prong [-c FILE] [--daemon]\n"
		     "       prong COMMAND [-c FILE | --control PATH]\n"
		     "       prong scale N [-c FILE]\n"
		     "       prong new NAME\n"
		     "       prong explain [METHOD] URL [-H FIELD]... "
		     "[--as ADDRESS]\n"
		     "       prong explain --last ID\n\ncommands:\n");
	for (size_t i = 0; i < COMMANDS; i++)
		fprintf(out, "  %-10s %s\n", commands[i].name,
			commands[i].help);
	fprintf(out, "\noptions:\n");
	for (size_t i = 0; i < ROWS; i++)
		print_row(&rows[i], out);
	fprintf(out, "\nexit status: 0 done, 1 refused or failed, 2 usage, "
		     "3 no server running\nSee prong(8).\n");
}
