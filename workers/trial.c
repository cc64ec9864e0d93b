/*
 * The command is to the worker what the master is: it waits for READY or
 * FAILED on the channel.
 * SPDX-License-Identifier: MIT
 */
#include "trial.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/channel.h"
#include "common/clock.h"
#include "common/conf.h"
#include "common/heritage.h"
#include "common/slot.h"
#include "worker.h"

enum { STOP_MS = 2000 };

/* In the child.  Its log is this command's standard error. */
static int
run_worker(const struct conf *conf, int channel)
{
	static struct slot slot;
	const struct heritage h = { .conf = conf,
		.slot = &slot,
		.channel = channel,
		.generation = 1,
		.is_canary = true,
		.has_checks = true,
		.is_trial = true,
		.logs.error = STDERR_FILENO };

	return worker_main(&h);
}

/* Returns true if a message came before the deadline, or EOF. */
static bool
wait_for(int fd, int64_t deadline)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int64_t left = deadline - clock_now_ms();
	int got;

	do
		got = poll(&p, 1, left > 0 ? (int)left : 0);
	while (got == -1 && errno == EINTR);
	return got > 0;
}

static int
take_verdict(int fd, int64_t deadline, char *why, size_t size)
{
	static struct channel_message m;
	int got = -1;

	if (wait_for(fd, deadline))
		got = channel_recv(fd, &m);
	if (got == 1 && m.kind == CHANNEL_READY)
		return 0;
	if (got == 1 && m.kind == CHANNEL_FAILED)
		snprintf(why, size, "%s", m.text);
	else
		snprintf(why, size, "%s",
			got == 0 ? "the worker died"
				 : "the worker was not ready within "
				   "timeouts.ready");
	return -1;
}

/* EOF on the channel ends it, a signal if it hangs. */
static void
end_worker(pid_t pid, int fd, char *why, size_t size, int *result)
{
	int status;

	channel_send(fd, &(struct channel_message){ .kind = CHANNEL_STOP });
	if (!wait_for(fd, clock_now_ms() + STOP_MS))
		kill(pid, SIGKILL);
	close(fd);
	while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
		;
	if (WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL) {
		snprintf(why, size, "the worker died of signal %d (%s)",
			WTERMSIG(status), strsignal(WTERMSIG(status)));
		*result = -1;
	}
}

int
trial_run(const struct conf *conf, char *why, size_t size)
{
	int64_t deadline = clock_now_ms() + conf->timeouts.ready;
	int ends[2], result;
	pid_t pid;

	fflush(NULL);
	if (channel_open(ends) == -1) {
		snprintf(why, size, "no channel: %s", strerror(errno));
		return -1;
	}
	pid = fork();
	if (pid == 0) {
		close(ends[0]);
		_exit(run_worker(conf, ends[1]));
	}
	close(ends[1]);
	if (pid == -1) {
		snprintf(why, size, "no process: %s", strerror(errno));
		close(ends[0]);
		return -1;
	}
	result = take_verdict(ends[0], deadline, why, size);
	end_worker(pid, ends[0], why, size, &result);
	return result;
}
