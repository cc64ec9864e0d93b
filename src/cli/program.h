/*
 * Finds the path of the running program.
 * SPDX-License-Identifier: MIT
 */
#ifndef PROGRAM_H
#define PROGRAM_H

/*
 * Returns the path as it was executed, with symbolic links unresolved since
 * they may lead to another program later; argv[0] if the system does not
 * provide it.
 */
const char *program_path(char **argv);

#endif
