/*
 * The command is to the worker what the master is: it waits for READY or
 * FAILED on the channel.
 * SPDX-License-Identifier: MIT
 */
#include "trial.h"

#include <errno.h>
#include <limits.h>
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

enum {
	STOP_MS = 2000,
	DIED = -2, /* a verdict: the channel was closed */
};

/* In the child.  Its log is this command's standard error.  only_module: see
 * heritage.h; with one no request is answered. */
static int
run_worker(const struct conf *conf, int channel, unsigned only_module)
{
	static struct slot slot;
	const struct heritage h = { .conf = conf,
		.slot = &slot,
		.channel = channel,
		.generation = 1,
		.is_canary = only_module == 0,
		.has_checks = only_module == 0,
		.is_trial = true,
		.only_module = only_module,
		.logs.error = STDERR_FILENO };

	return worker_main(&h);
}

/* Returns true if a message came before the deadline, or EOF. */
static bool
wait_for(int fd, int64_t deadline)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int64_t left;
	int got;

	do {
		left = deadline - clock_now_ms();
		left = left < 0 ? 0 : left < INT_MAX ? left : INT_MAX;
		got = poll(&p, 1, (int)left);
	} while (got == -1 && errno == EINTR);
	return got > 0;
}

/* Returns 0, -1 with the reason, or DIED. */
static int
take_verdict(int fd, int64_t deadline, char *why, size_t size)
{
	static struct channel_message m;
	int got = -1;

	if (wait_for(fd, deadline))
		got = channel_recv(fd, &m);
	if (got == 1 && m.kind == CHANNEL_READY)
		return 0;
	if (got == 0)
		return DIED;
	snprintf(why, size, "%s",
		got == 1 && m.kind == CHANNEL_FAILED
			? m.text
			: "the worker was not ready within timeouts.ready");
	return -1;
}

/* EOF on the channel ends it, a signal if it hangs. */
static int
end_worker(pid_t pid, int fd)
{
	int status;

	channel_send(fd, &(struct channel_message){ .kind = CHANNEL_STOP });
	if (!wait_for(fd, clock_now_ms() + STOP_MS))
		kill(pid, SIGKILL);
	close(fd);
	while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
		;
	return status;
}

/* where is what the worker was doing, or "". */
static void
describe_death(int status, const char *where, char *why, size_t size)
{
	bool is_crash = WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV;

	if (WIFSIGNALED(status))
		snprintf(why, size, "the worker died of signal %d (%s)%s%s",
			WTERMSIG(status), strsignal(WTERMSIG(status)), where,
			is_crash && *where != '\0'
				? "; do its tables of routes end with an empty "
				  "row?"
				: "");
	else
		snprintf(why, size, "the worker exited with status %d%s",
			WEXITSTATUS(status), where);
}

/* Returns 0, or -1 with the reason. */
static int
try_worker(
	const struct conf *conf, unsigned only_module, char *why, size_t size)
{
	int64_t deadline = clock_now_ms() + conf->timeouts.ready;
	const char *where = only_module == 0
				    ? ""
				    : " while the module was loaded and "
				      "started";
	int ends[2], result, status;
	pid_t pid;

	fflush(NULL);
	if (channel_open(ends) == -1) {
		snprintf(why, size, "no channel: %s", strerror(errno));
		return -1;
	}
	pid = fork();
	if (pid == 0) {
		close(ends[0]);
		_exit(run_worker(conf, ends[1], only_module));
	}
	close(ends[1]);
	if (pid == -1) {
		snprintf(why, size, "no process: %s", strerror(errno));
		close(ends[0]);
		return -1;
	}
	result = take_verdict(ends[0], deadline, why, size);
	status = end_worker(pid, ends[0]);
	if (result == DIED ||
		(WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL)) {
		describe_death(status, result == 0 ? "" : where, why, size);
		return -1;
	}
	return result;
}

int
trial_run(const struct conf *conf, char *why, size_t size)
{
	return try_worker(conf, 0, why, size);
}

static void
print_failure(const struct conf_route *r, const char *why, FILE *errors)
{
	char text[CONF_ROUTE_TEXT];

	fprintf(errors, "sites[%u].routes[%u] %s: module \"%s\": %s\n", r->site,
		r->number, conf_route_text(r, text, sizeof(text)),
		r->module.name, why);
}

unsigned
trial_start_modules(const struct conf *conf, FILE *errors)
{
	char why[CHANNEL_REASON];
	unsigned number = 0, nfailed = 0;

	for (size_t i = 0; i < conf->nsites; i++) {
		const struct conf_site *s = &conf->sites[i];

		for (size_t j = 0; j < s->nroutes; j++, number++) {
			const struct conf_route *r = &s->routes[j];

			if (r->kind != CONF_ROUTE_MODULE ||
				try_worker(conf, number + 1, why,
					sizeof(why)) == 0)
				continue;
			print_failure(r, why, errors);
			nfailed++;
		}
	}
	return nfailed;
}
