/*
 * No process that could be asked knows of them, so their titles are looked for
 * in /proc.
 * SPDX-License-Identifier: MIT
 */
#include "cli/orphans.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/proctitle.h"

#define WORKER "prong: worker "

/* False: the process has gone, or has no arguments. */
static bool
read_title(const char *pid, char *text, size_t size)
{
	char path[64];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%.20s/cmdline", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return false;
	n = read(fd, text, size - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	return n > 0;
}

/* Any user may give a process a title. */
static bool
is_printable(const char *title)
{
	for (; *title != '\0'; title++)
		if ((unsigned char)*title < ' ' || *title == 0x7f)
			return false;
	return true;
}

static bool
is_orphan(const char *title, const char *control)
{
	const char *end = strstr(title, PROCTITLE_ORPHAN);

	return is_printable(title) &&
	       strncmp(title, WORKER, strlen(WORKER)) == 0 && end != NULL &&
	       strcmp(end + strlen(PROCTITLE_ORPHAN), control) == 0;
}

/* Takes the numbers out of the title; an earlier program has none there. */
static json_t *
describe_orphan(long pid, const char *title)
{
	unsigned worker, generation, connections, left;
	json_t *o =
		json_pack("{s:I,s:s}", "pid", (json_int_t)pid, "title", title);
	json_t *numbers;

	if (sscanf(title, PROCTITLE_ORPHAN_FORMAT, &worker, &generation,
		    &connections, &left) != 4)
		return o;
	numbers = json_pack("{s:I,s:I,s:I,s:I}", "worker", (json_int_t)worker,
		"generation", (json_int_t)generation, "connections",
		(json_int_t)connections, "left", (json_int_t)left);
	json_object_update(o, numbers);
	json_decref(numbers);
	return o;
}

json_t *
orphans_find(const char *control)
{
	json_t *list = json_array();
	DIR *dir = opendir("/proc");
	char title[PATH_MAX + 128];
	struct dirent *entry;

	while (dir != NULL && (entry = readdir(dir)) != NULL)
		if (isdigit((unsigned char)entry->d_name[0]) &&
			read_title(entry->d_name, title, sizeof(title)) &&
			is_orphan(title, control))
			json_array_append_new(list,
				describe_orphan(atol(entry->d_name), title));
	if (dir != NULL)
		closedir(dir);
	return list;
}
