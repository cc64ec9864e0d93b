/*
 * Finds the file of a loadable module.
 * SPDX-License-Identifier: MIT
 */
#ifndef LIBRARY_H
#define LIBRARY_H

#include <stddef.h>

/*
 * Writes the path of the module's file, cut to size bytes.  A module with a
 * slash in it is a path already.  Any other name is DIR/NAME.so; if that file
 * is not readable and the program runs from its build tree, the module that was
 * built beside it.
 */
void library_path(const char *dir, const char *module, char *path, size_t size);

/*
 * Writes the names of the modules that library_path() would find, "echo, hello,
 * notes", or an empty text; cut to size bytes.
 */
void library_list(const char *dir, char *text, size_t size);

#endif
