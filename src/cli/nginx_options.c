/*
 * SPDX-License-Identifier: MIT
 */
#include "cli/nginx_options.h"

#include <stddef.h>
#include <string.h>

/* The argument of -s. */
static bool
take_signal(struct options *o, const char *word)
{
	static const struct {
		const char *word;
		enum options_command command;
	} signals[] = {
		{ "reload", OPTIONS_RELOAD },
		{ "reopen", OPTIONS_REOPEN },
		{ "quit", OPTIONS_DRAIN },
		{ "stop", OPTIONS_STOP },
	};

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		if (strcmp(signals[i].word, word) == 0) {
			o->command = signals[i].command;
			return true;
		}
	return false;
}

bool
nginx_options_take(struct options *o, int letter, const char *argument)
{
	switch (letter) {
	case 't':
		o->command = o->command == OPTIONS_DUMP ? OPTIONS_DUMP
							: OPTIONS_CHECK;
		return true;
	case 'T':
		o->command = OPTIONS_DUMP;
		return true;
	case 'q':
		o->is_quiet = true;
		return true;
	case 'v':
		o->command = OPTIONS_VERSION;
		return true;
	case 's':
		return take_signal(o, argument);
	}
	return false;
}
