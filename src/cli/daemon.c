/*
 * Detaches by fork(2) and setsid(2); a pipe tells the parent that the child is
 * ready.
 * SPDX-License-Identifier: MIT
 */
#include "cli/daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/auxv.h>
#endif

#include "common/standard_fds.h"

char *
daemon_path(const char *path)
{
	char *dir, *all;

	if (*path == '/')
		return strdup(path);
	dir = getcwd(NULL, 0);
	if (dir == NULL || asprintf(&all, "%s/%s", dir, path) == -1)
		all = NULL;
	free(dir);
	return all;
}

_Noreturn static void
wait_for_child(int fd)
{
	char byte;
	ssize_t n;

	do
		n = read(fd, &byte, 1);
	while (n == -1 && errno == EINTR);
	_exit(n == 1 ? 0 : 1);
}

int
daemon_start(void)
{
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) == -1)
		return -1;
	pid = fork();
	if (pid == -1) {
		close(ends[0]);
		close(ends[1]);
		return -1;
	}
	if (pid > 0) {
		close(ends[1]);
		wait_for_child(ends[0]);
	}
	close(ends[0]);
	setsid();
	/* Else its directory, and the mount that it is on, would stay busy. */
	if (chdir("/") == -1)
		_exit(1);
	standard_fds_discard(STDIN_FILENO);
	return ends[1];
}

void
daemon_ready(int fd)
{
	if (fd == -1)
		return;
	standard_fds_discard(STDOUT_FILENO);
	standard_fds_discard(STDERR_FILENO);
	(void)!write(fd, "", 1);
	close(fd);
}

/* Not with <ev.h>: that and <sys/auxv.h> both define EV_NONE. */
const char *
program_path(char **argv)
{
#ifdef __linux__
	const char *path = (const char *)getauxval(AT_EXECFN);

	if (path != NULL)
		return path;
#endif
	return argv[0];
}
