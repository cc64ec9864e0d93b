/*
 * One row for each combination of options that has no meaning.
 * SPDX-License-Identifier: MIT
 */
#include "cli/option_conflicts.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

_Static_assert(OPTIONS_FIELDS == 64, "a text below has the number");

/* Only the answer of a server can be printed as JSON. */
static bool
is_answered(enum options_command c)
{
	return c >= OPTIONS_RELOAD && c <= OPTIONS_PS;
}

/* True if a server is asked. */
static bool
is_asking(const struct options *o)
{
	return is_answered(o->command) ||
	       (o->command == OPTIONS_DUMP && o->is_running) ||
	       (o->command == OPTIONS_CHECK && o->is_diff);
}

static const char *
find_explain_conflict(const struct options *o)
{
	if ((o->request.nfields > 0 || o->request.client != NULL) &&
		o->command != OPTIONS_EXPLAIN)
		return "--header and --as need the command explain, without "
		       "--last";
	if (o->request.nfields > OPTIONS_FIELDS)
		return "--header can be given at most 64 times";
	if (o->id != NULL && o->command != OPTIONS_LAST)
		return "--last needs the command explain";
	return NULL;
}

const char *
option_conflicts_find(const struct options *o)
{
	const struct {
		bool is_wrong;
		const char *text;
	} conflicts[] = {
		{ o->listen != NULL && o->directory == NULL,
			"--listen needs a directory; a configuration has "
			"its own \"listen\"" },
		{ o->directory != NULL && o->file != NULL,
			"a directory and --config cannot be combined" },
		{ o->is_daemon && o->command != OPTIONS_RUN,
			"--daemon cannot be combined with a command" },
		{ o->file != NULL && o->command == OPTIONS_NEW,
			"new does not read a configuration; leave out "
			"--config" },
		{ o->control != NULL && !is_asking(o),
			"--control needs a command that the server answers" },
		{ o->control != NULL && o->file != NULL && !o->is_diff,
			"--control and --config cannot be combined" },
		{ (o->is_strict || o->has_no_files) &&
				o->command != OPTIONS_CHECK,
			"--strict and --no-files need the command check" },
		{ o->is_diff && (o->command != OPTIONS_CHECK ||
					o->has_no_files),
			"--diff needs the command check, without --no-files" },
		{ (o->is_run || o->is_modules) &&
				(o->command != OPTIONS_CHECK ||
					o->has_no_files),
			"--run and --modules need the command check, without "
			"--no-files" },
		{ o->is_forced && o->command != OPTIONS_RELOAD &&
				o->command != OPTIONS_UPGRADE,
			"--force needs the command reload or upgrade" },
		{ o->is_once && o->command != OPTIONS_TOP,
			"--once needs the command top" },
		{ o->is_running && o->command != OPTIONS_DUMP,
			"--running needs the command dump" },
		{ o->is_quiet && o->command != OPTIONS_CHECK &&
				o->command != OPTIONS_DUMP,
			"-q needs the command check" },
		{ o->is_json && !is_answered(o->command) &&
				o->command != OPTIONS_EXPLAIN,
			"--json needs explain, or a command that the server "
			"answers" },
		{ o->is_daemon && o->file != NULL && strcmp(o->file, "-") == 0,
			"--daemon needs a file: standard input cannot be read "
			"again" },
		{ o->is_daemon && o->directory != NULL,
			"--daemon needs a configuration: without "
			"\"pid_file\" the server could not be found again" },
	};

	for (size_t i = 0; i < sizeof(conflicts) / sizeof(conflicts[0]); i++)
		if (conflicts[i].is_wrong)
			return conflicts[i].text;
	return find_explain_conflict(o);
}
