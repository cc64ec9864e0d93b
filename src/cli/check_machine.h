/*
 * Checks what a configuration needs of this machine, for `prong check`.
 * SPDX-License-Identifier: MIT
 */
#ifndef CHECK_MACHINE_H
#define CHECK_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct conf;
struct conf_auth;

/* The workers' reader of a password file, which main.c hands down.  Returns 0,
 * or -1 with the reason. */
typedef int check_machine_users(
	const struct conf_auth *, char *why, size_t size);

/*
 * Writes a warning for each directory and module that is missing, and an error
 * for each auth.file that a worker could not read.  Another process does it, so
 * that a disk that hangs does not stop the command.  Returns whether a server
 * would start; is_strict: whether all is there as well.
 */
bool check_machine(const struct conf *conf, check_machine_users *read_users,
	bool is_strict, FILE *errors);

#endif
