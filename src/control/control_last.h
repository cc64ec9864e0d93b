/*
 * The answer to "explain": what the workers have done for a request ID.
 * SPDX-License-Identifier: MIT
 */
#ifndef CONTROL_LAST_H
#define CONTROL_LAST_H

struct control_client;
struct control_env;

void control_last_answer(
	const struct control_env *, struct control_client *, const char *id);

#endif
