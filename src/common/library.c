/*
 * The master warns about a module file that is missing; the worker loads it.
 * SPDX-License-Identifier: MIT
 */
#include "common/library.h"

#include <dirent.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Writes the directory of modules in the build tree of the program. */
static bool
find_build_directory(char *dir, size_t size)
{
	static const char below[] = "workers/modules/.libs";
	char program[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", program, sizeof(program) - 1);
	const char *slash;
	int n;

	if (len <= 0)
		return false;
	program[len] = '\0';
	slash = strrchr(program, '/');
	n = snprintf(
		dir, size, "%.*s/%s", (int)(slash - program), program, below);
	return (size_t)n < size;
}

/* Looks for the module in the build tree of the program. */
static bool
find_beside_program(const char *module, char *path, size_t size)
{
	char dir[PATH_MAX];
	int n;

	if (!find_build_directory(dir, sizeof(dir)))
		return false;
	n = snprintf(path, size, "%s/%s.so", dir, module);
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

/* For scandir(3). */
static int
is_module(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return len > 3 && strcmp(entry->d_name + len - 3, ".so") == 0;
}

/* Adds the names of one directory to the text. */
static void
list_directory(const char *dir, char *text, size_t size)
{
	struct dirent **all;
	int n = scandir(dir, &all, is_module, alphasort);
	size_t used;

	for (int i = 0; i < n; i++) {
		used = strlen(text);
		snprintf(text + used, size - used, "%s%.*s",
			used == 0 ? "" : ", ", (int)strlen(all[i]->d_name) - 3,
			all[i]->d_name);
		free(all[i]);
	}
	if (n >= 0)
		free(all);
}

void
library_list(const char *dir, char *text, size_t size)
{
	char build[PATH_MAX];

	text[0] = '\0';
	list_directory(dir, text, size);
	if (find_build_directory(build, sizeof(build)))
		list_directory(build, text, size);
}
