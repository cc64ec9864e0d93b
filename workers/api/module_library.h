/*
 * The shared object of a module.
 * SPDX-License-Identifier: MIT
 */
#ifndef MODULE_LIBRARY_H
#define MODULE_LIBRARY_H

#include <stddef.h>

struct heritage_file;

/*
 * Opens the inherited copy of the module's file, which no later change of the
 * file reaches; without one, the file itself, a name in dir or a path with a
 * '/'.  For dlclose(3); NULL with the reason in why.
 */
void *module_library_open(const char *dir, const char *module,
	const struct heritage_file *copy, char *why, size_t size);

#endif
