/*
 * The thread reads the paths of calls in the memory of its own process.
 * SPDX-License-Identifier: MIT
 */
#include "sandbox_learn.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "common/detached_thread.h"
#include "denials.h"
#include "seccomp_filter.h"

enum { NO_ARG = -1, STACK = 128 * 1024 };

// clang-format off
static const struct {
	const char *name;
	int dirfd, path; /* numbers of arguments; NO_ARG: there is none */
	int flags;       /* of open(2); NO_ARG: it writes */
} path_calls[] = {
	{ "open", NO_ARG, 0, 1 },
	{ "openat", 0, 1, 2 },
	{ "creat", NO_ARG, 0, NO_ARG },
	{ "mkdir", NO_ARG, 0, NO_ARG },
	{ "mkdirat", 0, 1, NO_ARG },
	{ "rmdir", NO_ARG, 0, NO_ARG },
	{ "unlink", NO_ARG, 0, NO_ARG },
	{ "unlinkat", 0, 1, NO_ARG },
	{ "rename", NO_ARG, 0, NO_ARG },
	{ "renameat", 0, 1, NO_ARG },
	{ "renameat2", 0, 1, NO_ARG },
	{ "truncate", NO_ARG, 0, NO_ARG },
};

static const struct {
	const char *name;
	enum denial_remedy remedy;
} other_calls[] = {
	{ "socket", DENIAL_CONNECT },
	{ "connect", DENIAL_CONNECT },
	{ "bind", DENIAL_CONNECT },
	{ "socketpair", DENIAL_CONNECT },
	{ "fork", DENIAL_EXEC },
	{ "vfork", DENIAL_EXEC },
	{ "clone", DENIAL_EXEC },
	{ "execve", DENIAL_EXEC },
	{ "execveat", DENIAL_EXEC },
};
// clang-format on

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* A thread of another process has other memory. */
static bool
is_own_thread(uint32_t tid)
{
	char path[40];

	snprintf(path, sizeof(path), "/proc/self/task/%u", tid);
	return access(path, F_OK) == 0;
}

/* False if the call has no path. */
static bool
note_path_call(const char *name, const struct seccomp_notif *n)
{
	const __u64 *args = n->data.args;

	for (size_t i = 0; i < LENGTH(path_calls); i++) {
		const char *path;

		if (strcmp(name, path_calls[i].name) != 0)
			continue;
		path = (const char *)(uintptr_t)args[path_calls[i].path];
		if (path != NULL && is_own_thread(n->pid))
			denials_note_path(name,
				path_calls[i].dirfd == NO_ARG ? AT_FDCWD
							      : (int)args[0],
				path,
				path_calls[i].flags == NO_ARG ||
					denials_asks_to_write(
						args[path_calls[i].flags]));
		return true;
	}
	return false;
}

static void
note_call(const struct seccomp_notif *n)
{
	enum denial_remedy remedy = DENIAL_NONE;
	char name[32];

	seccomp_call_name(n->data.nr, name, sizeof(name));
	if (note_path_call(name, n))
		return;
	for (size_t i = 0; i < LENGTH(other_calls); i++)
		if (strcmp(name, other_calls[i].name) == 0)
			remedy = other_calls[i].remedy;
	denials_note(name, "", remedy);
}

static void *
answer_kernel(void *arg)
{
	int fd = (int)(intptr_t)arg;
	struct seccomp_notif_resp answer;
	struct seccomp_notif question;

	for (;;) {
		memset(&question, 0, sizeof(question));
		memset(&answer, 0, sizeof(answer));
		if (ioctl(fd, SECCOMP_IOCTL_NOTIF_RECV, &question) == -1) {
			/* ENOENT: the thread was killed meanwhile. */
			if (errno == EINTR || errno == ENOENT)
				continue;
			break;
		}
		note_call(&question);
		answer.id = question.id;
		answer.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
		ioctl(fd, SECCOMP_IOCTL_NOTIF_SEND, &answer);
	}
	close(fd);
	return NULL;
}

int
sandbox_learn(struct worker *w, const struct sandbox_needs *n, char *reason,
	size_t size)
{
	const char *names[LENGTH(path_calls) + 1] = { NULL };
	int fd, error;

	for (size_t i = 0; i < LENGTH(path_calls); i++)
		names[i] = path_calls[i].name;
	fd = seccomp_ask(w, n, names, reason, size);
	if (fd == -1)
		return -1;
	denials_start(w, false);
	if (detached_thread_start(STACK, answer_kernel, (void *)(intptr_t)fd) ==
		0)
		return 0;
	error = errno;
	/* Without a reader the kernel answers ENOSYS. */
	close(fd);
	snprintf(reason, size, "no thread for it: %s", strerror(error));
	return -1;
}
