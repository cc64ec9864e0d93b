/*
 * SPDX-License-Identifier: MIT
 */
#include "supervise/tracer.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool
tracer_is_attached(pid_t pid)
{
	static const char name[] = "\nTracerPid:";
	char path[64], text[4096];
	const char *at;
	ssize_t len;
	int fd;

	snprintf(path, sizeof(path), "/proc/%ld/status", (long)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return false;
	len = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (len <= 0)
		return false;
	text[len] = '\0';
	at = strstr(text, name);
	return at != NULL && strtol(at + sizeof(name) - 1, NULL, 10) != 0;
}
