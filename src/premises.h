/*
 * What a configuration takes for granted on the machine where it will serve.
 * SPDX-License-Identifier: MIT
 */
#ifndef PREMISES_H
#define PREMISES_H

#include <stdio.h>

struct conf;

/*
 * Writes a line for each directory of a log, of the pid file or of the control
 * socket, and for each module's file, that is not there: "prong: warning:
 * ...".  No error: it may be another machine, or made before the start.  How
 * many lines.
 */
int premises_warn(const struct conf *, FILE *to);

#endif
