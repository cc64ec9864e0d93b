/*
 * The master warns about a module file that is missing; the worker loads it.
 * SPDX-License-Identifier: MIT
 */
#include "common/library.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Looks for the module in the build tree of the program. */
static bool
find_beside_program(const char *module, char *path, size_t size)
{
	static const char below[] = "workers/modules/.libs/";
	char program[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", program, sizeof(program) - 1);
	const char *slash;
	int n;

	if (len <= 0)
		return false;
	program[len] = '\0';
	slash = strrchr(program, '/');
	n = snprintf(path, size, "%.*s/%s%s.so", (int)(slash - program),
		program, below, module);
	return (size_t)n < size && access(path, R_OK) == 0;
}

void
library_path(const char *dir, const char *module, char *path, size_t size)
{
	if (strchr(module, '/') != NULL) {
		snprintf(path, size, "%s", module);
		return;
	}
	snprintf(path, size, "%s/%s.so", dir, module);
	if (access(path, R_OK) == -1 &&
		!find_beside_program(module, path, size))
		snprintf(path, size, "%s/%s.so", dir, module);
}
