/*
 * Warns about files and directories that a configuration needs and that do not
 * exist on this machine, and about what is valid but seldom meant.
 * SPDX-License-Identifier: MIT
 */
#ifndef PREFLIGHT_H
#define PREFLIGHT_H

#include <stdio.h>

struct conf;

enum { PREFLIGHT_NOW = 4200 };

/*
 * Writes "FILE:LINE:COLUMN: warning: KEY: PATH: REASON" for each missing
 * directory of a log, the pid file, the control socket or temporary files, and
 * for each missing module file; also for a Cache-Control in "headers" that lets
 * caches keep errors.  These are not errors: the configuration may be
 * for another machine, or the directory be made before the start.  now: of the
 * caller, gets what is being looked at, since a disk may hang.  Returns the
 * number of lines.
 */
unsigned preflight_warn(const struct conf *, FILE *to, char now[PREFLIGHT_NOW]);

/* Like preflight_warn(), but looks at no file. */
unsigned preflight_warn_alone(const struct conf *, FILE *to);

#endif
