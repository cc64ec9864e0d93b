/*
 * The files of the whole server: "pid_file", "control", the logs.
 * SPDX-License-Identifier: MIT
 */
#ifndef VALIDATE_PATHS_H
#define VALIDATE_PATHS_H

struct conf;
struct reader;

/* Refuses a control socket whose path is too long for one, and a path that two
 * of the files have.  The logs have their numbers. */
void validate_paths(struct reader *, const struct conf *);

#endif
