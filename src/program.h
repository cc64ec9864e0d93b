/*
 * The program that runs.
 * SPDX-License-Identifier: MIT
 */
#ifndef PROGRAM_H
#define PROGRAM_H

/* Its path as it was found, links and all: they may lead to another program
 * the next time.  argv[0] where the system does not tell. */
const char *program_path(char **argv);

#endif
