/*
 * Reads the memory, processor time and open files of the workers, and the
 * connections that found no room in an accept queue, from /proc.
 * SPDX-License-Identifier: MIT
 */
#ifndef USAGE_H
#define USAGE_H

#include "supervise/scoreboard.h"

struct generation;

/* Updates these figures in the scoreboard. */
void usage_update(struct scoreboard *, const struct generation *first);

/* Parses the text of /proc/PID/stat.  Returns false if it is malformed. */
bool usage_parse_stat(const char *text, struct scoreboard_slot *);

/* Returns ListenOverflows from the text of /proc/net/netstat; 0 if the text has
 * no such field. */
uint64_t usage_parse_netstat(const char *text);

#endif
