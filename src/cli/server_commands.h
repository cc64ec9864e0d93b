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

/* Asks the server for its configuration.  *answer has "configuration" and
 * "generation", and belongs to the caller, if the status that is returned is
 * COMMANDS_DONE. */
int server_commands_ask(const struct options *, json_t **answer);

#endif
