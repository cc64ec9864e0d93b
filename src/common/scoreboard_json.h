/*
 * The scoreboard as JSON, for `prong top` and for /status.  prong-operations(7)
 * lists the members.
 * SPDX-License-Identifier: MIT
 */
#ifndef SCOREBOARD_JSON_H
#define SCOREBOARD_JSON_H

#include <stdio.h>

#include "common/scoreboard_view.h"

struct conf;

/* Finds the configuration of a generation; NULL: it is not known here. */
struct scoreboard_confs {
	const struct conf *(*find)(void *arg, uint32_t generation);
	void *arg;
};

/*
 * Writes the members of an object, without its braces: "started":1,... All
 * numbers are below 2^63, whatever a worker wrote, and the text is valid
 * UTF-8.  Returns 0, or -1 if there is no memory.
 */
int scoreboard_json_write(FILE *, const struct scoreboard_view *,
	const struct scoreboard_confs *);

/* Writes a string with its quotes.  Of a text that is not UTF-8, each byte
 * above 0x7f is written as the character of that number. */
void scoreboard_json_text(FILE *, const char *text);

#endif
