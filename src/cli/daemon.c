/*
 * Detaches by fork(2) and setsid(2); a pipe tells the parent that the child is
 * ready.
 * SPDX-License-Identifier: MIT
 */
#include "cli/daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/auxv.h>
#endif

static void
redirect_to_null(int fd)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null == -1)
		return;
	dup2(null, fd);
	close(null);
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
	redirect_to_null(STDIN_FILENO);
	return ends[1];
}

void
daemon_ready(int fd)
{
	if (fd == -1)
		return;
	redirect_to_null(STDOUT_FILENO);
	redirect_to_null(STDERR_FILENO);
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
