/*
 * What the kernel says of the processes that serve: memory and processor time,
 * and connections that found no room in an accept queue.
 * SPDX-License-Identifier: MIT
 */
#ifndef USAGE_H
#define USAGE_H

#include "supervise/scoreboard.h"

struct generation;

/* Writes all of it into the scoreboard. */
void usage_update(struct scoreboard *, const struct generation *first);

/* Takes them from the text of /proc/PID/stat.  False: it is none. */
bool usage_parse_stat(const char *text, struct scoreboard_slot *);

/* "ListenOverflows" of the text of /proc/net/netstat; 0: it has none. */
uint64_t usage_parse_netstat(const char *text);

#endif
