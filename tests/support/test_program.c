/*
 * fork, exec, collect, wait.
 * SPDX-License-Identifier: MIT
 */
#include "support/test_program.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/paths.h"
#include "support/test_deadline.h"

enum { NOBODY = 65534 };

const char *
program_prong(void)
{
	const char *path = getenv("PRONG");

	return path != NULL && *path != '\0' ? path : PRONG_BINARY;
}

static void
limit_files(int nofile)
{
	struct rlimit limit = { (rlim_t)nofile, (rlim_t)nofile };

	if (nofile > 0 && setrlimit(RLIMIT_NOFILE, &limit) == -1)
		_exit(126);
}

/* The program may lie below a directory that its user may not enter. */
_Noreturn static void
run_as_nobody(const char *path, const char *const *argv)
{
	int fd = open(path, O_PATH | O_CLOEXEC);

	if (fd == -1 || setgroups(0, NULL) == -1 || setgid(NOBODY) == -1 ||
		setuid(NOBODY) == -1)
		_exit(126);
	syscall(SYS_execveat, fd, "", argv, environ, AT_EMPTY_PATH);
	_exit(127);
}

/* Up first and then down: none may be where another shall go. */
static void
pass_sockets(const struct program *p)
{
	int high[16];
	char number[16];

	for (int i = 0; i < p->nsockets && i < 16; i++)
		high[i] = fcntl(p->sockets[i], F_DUPFD_CLOEXEC, 512);
	for (int i = 0; i < p->nsockets && i < 16; i++)
		dup2(high[i], 3 + i);
	snprintf(number, sizeof(number), "%d", p->nsockets);
	setenv("LISTEN_FDS", number, 1);
	snprintf(number, sizeof(number), "%d", (int)getpid());
	setenv("LISTEN_PID", number, 1);
	setenv("LISTEN_FDNAMES", p->names, 1);
}

static void
run_child(const struct program *p, const char *const *argv, int out, int err)
{
	const char *path = p->path != NULL ? p->path : argv[0];

	if (strcmp(path, "prong") == 0)
		path = program_prong();
	if (p->cwd != NULL && chdir(p->cwd) == -1)
		_exit(126);
	dup2(out, STDOUT_FILENO);
	dup2(err, STDERR_FILENO);
	limit_files(p->nofile);
	if (p->nsockets > 0)
		pass_sockets(p);
	if (p->as_nobody)
		run_as_nobody(path, argv);
	execv(path, (char *const *)argv);
	_exit(127);
}

pid_t
program_start(
	const struct program *p, const char *const *argv, int out, int err)
{
	pid_t pid = fork();

	ck_assert_msg(pid != -1, "fork: %s", strerror(errno));
	if (pid == 0)
		run_child(p, argv, out, err);
	return pid;
}

int
program_wait(pid_t pid, int ms)
{
	struct pollfd p = { .events = POLLIN };
	int n, status;

	p.fd = (int)syscall(SYS_pidfd_open, pid, 0);
	ck_assert_msg(p.fd != -1, "pidfd_open: %s", strerror(errno));
	n = poll(&p, 1, ms);
	close(p.fd);
	if (n != 1 || waitpid(pid, &status, 0) != pid)
		return -1;
	if (WIFSIGNALED(status))
		return 128 + WTERMSIG(status);
	return WEXITSTATUS(status);
}

static void
collect(int fd, char text[PROGRAM_TEXT])
{
	ssize_t n = pread(fd, text, PROGRAM_TEXT - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	close(fd);
}

void
program_run(const struct program *p, const char *const *argv,
	struct program_result *result)
{
	int out = memfd_create("out", MFD_CLOEXEC);
	int err = memfd_create("err", MFD_CLOEXEC);
	pid_t pid = program_start(p, argv, out, err);

	result->status = program_wait(pid, DEADLINE);
	if (result->status == -1)
		kill(pid, SIGKILL);
	collect(out, result->out);
	collect(err, result->err);
	ck_assert_msg(result->status != -1, "%s %s did not end: %s", argv[0],
		argv[1] == NULL ? "" : argv[1], result->err);
}
