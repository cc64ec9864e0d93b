/*
 * SPDX-License-Identifier: MIT
 */
#include "cli/habits.h"

#include <stdbool.h>
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
	const char *next; /* NULL: any */
	const char *answer;
};

/* The options are those of nginx. */
// clang-format off
static const struct habit habits[] = {
	{ "-s", NULL, "-s takes reload, reopen, quit or stop" },
	{ "-p", NULL, "relative paths begin at the directory of FILE in -c" },
	{ "-g", NULL, "every directive is a key of FILE in -c" },
	{ "-f", NULL, "-c names the configuration" },
	{ "test", NULL, TEST },
	{ "configtest", NULL, TEST },
	{ "validate", NULL, TEST },
	{ "verify", NULL, TEST },
	{ "lint", NULL, TEST },
	{ "config", NULL, "\"prong dump\" prints the configuration" },
	{ "adapt", NULL, "\"prong dump\" prints the configuration" },
	{ "status", NULL, PS },
	{ "list", NULL, PS },
	{ "stats", NULL, TOP },
	{ "workers", NULL, PS },
	{ "run", NULL, RUN },
	{ "start", NULL, RUN },
	{ "serve", NULL, RUN },
	{ "server", NULL, RUN },
	{ "file-server", NULL, RUN },
	{ "daemon", NULL, RUN },
	{ "restart", NULL, "\"prong reload\" reloads the configuration, "
	  "\"prong upgrade\" the program; neither loses a request" },
	{ "force-reload", NULL, RELOAD },
	{ "graceful", NULL, RELOAD },
	{ "hup", NULL, RELOAD },
	{ "rotate", NULL, REOPEN },
	{ "log", NULL, "the configuration names the log files: \"log\"" },
	{ "logs", NULL, "the configuration names the log files: \"log\"" },
	{ "quit", NULL, END },
	{ "exit", NULL, END },
	{ "kill", NULL, END },
	{ "shutdown", NULL, END },
	{ "halt", NULL, END },
	{ "init", NULL, "\"prong new NAME\" creates a module" },
	{ "create", NULL, "\"prong new NAME\" creates a module" },
};
// clang-format on

static bool
matches_habit(const struct habit *h, const char *word, const char *next)
{
	return strcmp(h->word, word) == 0 &&
	       (h->next == NULL ||
		       (next != NULL && strcmp(h->next, next) == 0));
}

const char *
habits_find(const char *word, const char *next)
{
	for (size_t i = 0; i < sizeof(habits) / sizeof(habits[0]); i++)
		if (matches_habit(&habits[i], word, next))
			return habits[i].answer;
	return NULL;
}
