/*
 * A process that exits waits for no socket (SO_LINGER), though it may wait for
 * a file system.  It is a grandchild, which nothing has to reap.  A thread
 * would share its descriptors with the master, and a worker that is forked
 * meanwhile would have them, too, and wait where it closes them.
 * SPDX-License-Identifier: MIT
 */
#include "supervise/close_process.h"

#include <assert.h>
#include <fcntl.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/channel.h"
#include "supervise/child.h"

/* Keeps the descriptors until the master has closed its own: EOF. */
static _Noreturn void
run_grandchild(const int *fds, int n, int eof)
{
	int keep[CHANNEL_FDS + 1];
	char byte;

	memcpy(keep, fds, (size_t)n * sizeof(*fds));
	keep[n] = eof;
	child_forget_master(keep, (size_t)n + 1);
	(void)!read(eof, &byte, 1);
	_exit(0);
}

/* Returns 0 if there is a grandchild that has the descriptors, or -1. */
static int
fork_twice(const int *fds, int n, int eof)
{
	sigset_t old;
	pid_t pid;
	int status = 1;

	child_block_signals(&old);
	pid = fork();
	if (pid == 0) {
		pid = fork();
		if (pid == 0)
			run_grandchild(fds, n, eof);
		_exit(pid == -1);
	}
	if (pid != -1)
		waitpid(pid, &status, 0);
	child_unblock_signals(&old);
	return status == 0 ? 0 : -1;
}

/* Without a process the descriptors stay open: the master may lack them later,
 * but does not block now. */
void
close_in_process(const int *fds, int n)
{
	int ends[2];

	assert(n <= CHANNEL_FDS);
	if (n <= 0 || pipe2(ends, O_CLOEXEC) == -1)
		return;
	if (fork_twice(fds, n, ends[0]) == 0)
		for (int i = 0; i < n; i++)
			close(fds[i]);
	close(ends[0]);
	close(ends[1]);
}
