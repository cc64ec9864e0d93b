/*
 * Where the file of a module lies.
 * SPDX-License-Identifier: MIT
 */
#ifndef LIBRARY_H
#define LIBRARY_H

#include <stddef.h>

/*
 * The path of the module, cut to size: itself where it has a slash, else
 * DIR/NAME.so, or when that is not there and the program was built and not
 * installed, the one beside the program.
 */
void library_path(const char *dir, const char *module, char *path, size_t size);

#endif
