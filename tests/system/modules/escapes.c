/*
 * A worker that was taken over and tries to get out, one attempt a path; each
 * answers the name of the error, or "done".
 *
 *   /read?PATH      opens a file
 *   /write?PATH     opens a file to write it, makes it if it is not there
 *   /mkdir?PATH, /unlink?PATH, /chmod?PATH
 *   /owner?PID      has signals sent to a process
 *   /fork, /spawn   makes a process, with another program
 *   /exec           becomes another program; it is not there
 *   /kill?PID, /trace?PID
 *   /unix?PATH, /abstract?NAME, /tcp?PORT
 *                   connects
 *   /datagrams, /packets
 *                   makes a pair of sockets, a raw socket
 *   /uring, /namespace, /dumpable, /terminal
 *   /resolve?NAME   getaddrinfo(3)
 *   /thread         starts a thread and waits for it
 *   /self           answers its own process ID
 * SPDX-License-Identifier: MIT
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "prong.h"

/* Each returns 0 or a number of errno. */

static int
close_or_errno(int fd)
{
	if (fd == -1)
		return errno;
	close(fd);
	return 0;
}

static int
result_of(int got)
{
	return got == -1 ? errno : 0;
}

static int
try_read(const char *path)
{
	return close_or_errno(open(path, O_RDONLY | O_CLOEXEC));
}

static int
try_write(const char *path)
{
	return close_or_errno(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
}

static int
try_mkdir(const char *path)
{
	return result_of(mkdir(path, 0700));
}

static int
try_unlink(const char *path)
{
	return result_of(unlink(path));
}

static int
try_chmod(const char *path)
{
	return result_of(chmod(path, 0666));
}

/* Its signals would be those of another process. */
static int
try_owner(const char *pid)
{
	int ends[2], error;

	if (pipe(ends) == -1)
		return errno;
	error = result_of(
		fcntl(ends[0], F_SETOWN, (pid_t)strtol(pid, NULL, 10)));
	close(ends[0]);
	close(ends[1]);
	return error;
}

static int
try_fork(const char *arg)
{
	pid_t pid = fork();

	(void)arg;
	if (pid == -1)
		return errno;
	if (pid == 0)
		_exit(0);
	waitpid(pid, NULL, 0);
	return 0;
}

static int
try_spawn(const char *arg)
{
	char name[] = "true", *argv[] = { name, NULL }, *none[] = { NULL };
	int status = 0, error;
	pid_t pid;

	(void)arg;
	error = posix_spawn(&pid, "/bin/true", NULL, NULL, argv, none);
	if (error != 0)
		return error;
	waitpid(pid, &status, 0);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : ECHILD;
}

static int
try_exec(const char *arg)
{
	char *const none[] = { NULL };

	(void)arg;
	return result_of(execve("/nowhere/program", none, none));
}

static int
try_kill(const char *pid)
{
	return result_of(kill((pid_t)strtol(pid, NULL, 10), 0));
}

static int
try_trace(const char *text)
{
	pid_t pid = (pid_t)strtol(text, NULL, 10);

	if (ptrace(PTRACE_SEIZE, pid, 0, 0) == -1)
		return errno;
	ptrace(PTRACE_DETACH, pid, 0, 0);
	return 0;
}

static int
connect_to(const struct sockaddr *to, socklen_t len)
{
	int fd = socket(to->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0), error;

	if (fd == -1)
		return errno;
	error = result_of(connect(fd, to, len));
	close(fd);
	return error;
}

static int
try_unix(const char *path)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };

	snprintf(to.sun_path, sizeof(to.sun_path), "%s", path);
	return connect_to((struct sockaddr *)&to, sizeof(to));
}

static int
try_abstract(const char *name)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	size_t len = strlen(name);

	snprintf(to.sun_path + 1, sizeof(to.sun_path) - 1, "%s", name);
	return connect_to((struct sockaddr *)&to,
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + len));
}

static int
try_tcp(const char *port)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_addr = { htonl(INADDR_LOOPBACK) },
		.sin_port = htons((uint16_t)strtol(port, NULL, 10)) };

	return connect_to((struct sockaddr *)&to, sizeof(to));
}

static int
try_datagrams(const char *arg)
{
	int fds[2];

	(void)arg;
	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, fds) == -1)
		return errno;
	close(fds[0]);
	close(fds[1]);
	return 0;
}

static int
try_packets(const char *arg)
{
	(void)arg;
	return close_or_errno(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
}

static int
try_uring(const char *arg)
{
	char parameters[120] = "";

	(void)arg;
	return close_or_errno((int)syscall(SYS_io_uring_setup, 1, parameters));
}

static int
try_namespace(const char *arg)
{
	(void)arg;
	return result_of(unshare(CLONE_NEWUSER));
}

static int
try_dumpable(const char *arg)
{
	(void)arg;
	return result_of(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0));
}

static int
try_terminal(const char *arg)
{
	(void)arg;
	return result_of(ioctl(0, TIOCSTI, "x"));
}

static int
try_resolve(const char *name)
{
	struct addrinfo *all = NULL;
	int got = getaddrinfo(name, "80", NULL, &all);

	if (got != 0)
		return got == EAI_SYSTEM ? errno : ENOENT;
	freeaddrinfo(all);
	return 0;
}

static void *
do_nothing(void *arg)
{
	return arg;
}

static int
try_thread(const char *arg)
{
	pthread_t thread;
	int error = pthread_create(&thread, NULL, do_nothing, NULL);

	(void)arg;
	if (error == 0)
		pthread_join(thread, NULL);
	return error;
}

static const struct {
	const char *name;
	int (*run)(const char *arg);
} attempts[] = {
	{ "read", try_read },
	{ "write", try_write },
	{ "mkdir", try_mkdir },
	{ "unlink", try_unlink },
	{ "chmod", try_chmod },
	{ "owner", try_owner },
	{ "fork", try_fork },
	{ "spawn", try_spawn },
	{ "exec", try_exec },
	{ "kill", try_kill },
	{ "trace", try_trace },
	{ "unix", try_unix },
	{ "abstract", try_abstract },
	{ "tcp", try_tcp },
	{ "datagrams", try_datagrams },
	{ "packets", try_packets },
	{ "uring", try_uring },
	{ "namespace", try_namespace },
	{ "dumpable", try_dumpable },
	{ "terminal", try_terminal },
	{ "resolve", try_resolve },
	{ "thread", try_thread },
};

static void
handle(struct prong_context *ctx)
{
	const char *name = prong_param(ctx, "attempt");
	const char *query = prong_query(ctx);
	int error = EINVAL;

	for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++)
		if (strcmp(name, attempts[i].name) == 0)
			error = attempts[i].run(query == NULL ? "" : query);
	if (strcmp(name, "self") == 0)
		prong_text(ctx, 200, "%ld", (long)getpid());
	else
		prong_text(ctx, 200, "%s",
			error == 0 ? "done" : strerrorname_np(error));
}

static const struct prong_route routes[] = {
	{ .method = "GET", .pattern = "/:attempt", .handler = handle },
	{ 0 },
};

PRONG_MODULE(.name = "escapes", .routes = routes);
