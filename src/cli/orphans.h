/*
 * Workers that finish their requests although their master has gone.
 * SPDX-License-Identifier: MIT
 */
#ifndef ORPHANS_H
#define ORPHANS_H

#include <jansson.h>

/*
 * Returns a list of those whose master listened on the control socket: "pid",
 * "title" as ps(1) shows it and what it says, "worker", "generation",
 * "connections" and the seconds "left".  For the caller to release.
 */
json_t *orphans_find(const char *control);

#endif
