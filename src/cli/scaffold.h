/*
 * Writes the skeleton of a new module: `prong new NAME`.
 * SPDX-License-Identifier: MIT
 */
#ifndef SCAFFOLD_H
#define SCAFFOLD_H

#include <stdio.h>

/*
 * Writes a directory of that name with a module that builds and passes its
 * test, and prints the next steps to out.  program is the path of this program.
 * Returns 0, or -1 after a line on errors: the name is not a C identifier, the
 * directory exists, the disk is full.
 */
int scaffold_write(
	const char *name, const char *program, FILE *out, FILE *errors);

#endif
