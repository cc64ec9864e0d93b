/*
 * Sends a command to the server.
 * SPDX-License-Identifier: MIT
 */
#ifndef SERVER_COMMANDS_H
#define SERVER_COMMANDS_H

#include <jansson.h>

#include "cli/options.h"

/* Runs a command from OPTIONS_RELOAD to OPTIONS_PS.  Returns the status for
 * exit(2). */
int server_commands_run(const struct options *);

enum { SERVER_CONTROL_PATH = 108 /* that of struct sockaddr_un */ };

struct server_answer {
	json_t *json;                      /* for the caller to release */
	char control[SERVER_CONTROL_PATH]; /* the socket that it came from */
};

/* Asks the server, and prints nothing that it answers.  *answer is set if the
 * status that is returned is COMMANDS_DONE. */
int server_commands_ask(const struct options *, enum options_command,
	struct server_answer *answer);

#endif
