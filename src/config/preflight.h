/*
 * Warns about files and directories that a configuration needs and that do not
 * exist on this machine.
 * SPDX-License-Identifier: MIT
 */
#ifndef PREFLIGHT_H
#define PREFLIGHT_H

#include <stdio.h>

struct conf;

/*
 * Writes "prong: warning: KEY: PATH: REASON" for each missing directory of a
 * log, the pid file or the control socket, and for each missing module file.
 * These are not errors: the configuration may be for another machine, or the
 * directory be made before the start.  Returns the number of lines.
 */
int preflight_warn(const struct conf *, FILE *to);

#endif
