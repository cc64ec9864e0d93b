/*
 * The configuration from standard input: `prong -c -`.
 * SPDX-License-Identifier: MIT
 */
#ifndef STANDARD_INPUT_H
#define STANDARD_INPUT_H

#include <stdio.h>

/*
 * Reads standard input to its end and puts a sealed copy in its place, so that
 * it can be read several times, also by the program of an upgrade.  Returns 0,
 * or -1 after a line on errors.
 */
int standard_input_keep(FILE *errors);

#endif
