/*
 * Reads /proc/PID: children, fd, stat.
 * SPDX-License-Identifier: MIT
 */
#include "support/procfs.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The letter after the name in parentheses; '\0' when there is no process. */
static char
state_of(pid_t pid)
{
	char path[64], name[64], state = '\0';
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	f = fopen(path, "re");
	if (f == NULL)
		return '\0';
	if (fscanf(f, "%*d (%63[^)]) %c", name, &state) != 2)
		state = '\0';
	fclose(f);
	return state;
}

bool
proc_is_alive(pid_t pid)
{
	char state = state_of(pid);

	return state != '\0' && state != 'Z' && state != 'X';
}

bool
proc_is_halted(pid_t pid)
{
	return state_of(pid) == 'T';
}

size_t
proc_children(pid_t pid, pid_t children[PROC_CHILDREN])
{
	char path[64];
	size_t n = 0;
	int child;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)pid,
		(int)pid);
	f = fopen(path, "re");
	if (f == NULL)
		return 0;
	while (n < PROC_CHILDREN && fscanf(f, "%d", &child) == 1)
		if (proc_is_alive(child))
			children[n++] = child;
	fclose(f);
	return n;
}

static void
read_title(pid_t pid, char *title, size_t size)
{
	char path[64];
	size_t n;
	FILE *f;

	title[0] = '\0';
	snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)pid);
	f = fopen(path, "re");
	if (f == NULL)
		return;
	n = fread(title, 1, size - 1, f);
	title[n] = '\0';
	fclose(f);
}

bool
proc_has_title(pid_t pid, const char *text)
{
	char title[64];

	read_title(pid, title, sizeof(title));
	return strncmp(title, text, strlen(text)) == 0;
}

bool
proc_is_titled(pid_t pid, const char *text)
{
	char title[64];

	read_title(pid, title, sizeof(title));
	return strcmp(title, text) == 0;
}

/* Opens /proc/PID/fd. */
static DIR *
open_descriptors(pid_t pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	return opendir(path);
}

/* One is opendir's own when we look at ourselves: always the same. */
int
proc_descriptors(pid_t pid)
{
	DIR *dir = open_descriptors(pid);
	int n = 0;

	if (dir == NULL)
		return -1;
	for (struct dirent *e; (e = readdir(dir)) != NULL;)
		n += e->d_name[0] != '.';
	closedir(dir);
	return n;
}

static bool
is_socket(DIR *dir, const char *name)
{
	char target[8] = "";

	return readlinkat(dirfd(dir), name, target, sizeof(target) - 1) > 0 &&
	       strncmp(target, "socket:", 7) == 0;
}

int
proc_sockets(pid_t pid)
{
	DIR *dir = open_descriptors(pid);
	int n = 0;

	if (dir == NULL)
		return 0;
	for (struct dirent *e; (e = readdir(dir)) != NULL;)
		n += is_socket(dir, e->d_name);
	closedir(dir);
	return n;
}
