/*
 * A new module, from nothing: `prong new NAME`.
 * SPDX-License-Identifier: MIT
 */
#ifndef SKELETON_H
#define SKELETON_H

#include <stdio.h>

/*
 * Writes a directory of that name with a module that builds and passes its
 * test, and tells out what to do next.  program: the path of this one.  0, or
 * -1 after a line on errors: the name is no identifier of C, there is such a
 * file, the disk is full.
 */
int skeleton_write(
	const char *name, const char *program, FILE *out, FILE *errors);

#endif
