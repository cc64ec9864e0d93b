/*
 * SPDX-License-Identifier: MIT
 */
#include "cli/habits.h"

#include <stddef.h>
#include <string.h>

#define TEST "\"prong check\" checks the configuration"
#define RUN                                                                    \
	"\"prong -c FILE\" serves in the foreground, with -d in the "          \
	"background; \"prong DIR\" serves a directory"
#define PS  "\"prong ps\" shows the server and its workers"
#define TOP "\"prong top\" shows requests, workers and sites by the second"
#define END                                                                    \
	"\"prong drain\" finishes the requests in flight and shuts down, "     \
	"\"prong stop\" shuts down now"
#define REOPEN "\"prong reopen\" opens the log files again"
#define RELOAD "\"prong reload\" reloads the configuration"

struct habit {
	const char *word;
	const char *answer;
};

/* The options are those of nginx. */
// clang-format off
static const struct habit habits[] = {
	{ "-s", "-s takes reload, reopen, quit or stop" },
	{ "-p", "relative paths begin at the directory of FILE in -c" },
	{ "-g", "every directive is a key of FILE in -c" },
	{ "-f", "-c names the configuration" },
	{ "test", TEST },
	{ "configtest", TEST },
	{ "validate", TEST },
	{ "verify", TEST },
	{ "lint", TEST },
	{ "config", "\"prong dump\" prints the configuration" },
	{ "adapt", "\"prong dump\" prints the configuration" },
	{ "status", PS },
	{ "list", PS },
	{ "stats", TOP },
	{ "workers", PS },
	{ "run", RUN },
	{ "start", RUN },
	{ "serve", RUN },
	{ "server", RUN },
	{ "file-server", RUN },
	{ "daemon", RUN },
	{ "restart", "\"prong reload\" reloads the configuration, "
	  "\"prong upgrade\" the program; neither loses a request" },
	{ "force-reload", RELOAD },
	{ "graceful", RELOAD },
	{ "hup", RELOAD },
	{ "rotate", REOPEN },
	{ "log", "the configuration names the log files: \"log\"" },
	{ "logs", "the configuration names the log files: \"log\"" },
	{ "quit", END },
	{ "exit", END },
	{ "kill", END },
	{ "shutdown", END },
	{ "halt", END },
	{ "init", "\"prong new NAME\" creates a module" },
	{ "create", "\"prong new NAME\" creates a module" },
};
// clang-format on

const char *
habits_find(const char *word)
{
	for (size_t i = 0; i < sizeof(habits) / sizeof(habits[0]); i++)
		if (strcmp(habits[i].word, word) == 0)
			return habits[i].answer;
	return NULL;
}
